/// What the path of a Unix socket has to be.
enum SocketPath {
    /// The longest path that the system takes, in bytes.
    static let maximumLength = 107

    /// What is wrong with a path, as in "… must …", or `nil`.
    static func problem(with path: String, on host: HostEnvironment) -> String? {
        guard path.utf8.count <= maximumLength else {
            return "must not be longer than \(maximumLength) bytes, the most that a Unix socket's path can have: "
                + Quotation.of(path, limit: 200)
        }
        let folder = FileSystem.folder(of: path)
        // What lies in /run is made anew for a service that starts: a file can be right before.
        guard !host.isDirectory(folder), !folder.hasPrefix("/run/"), !folder.hasPrefix("/var/run/") else { return nil }
        return "must be in a directory that is there: \(Quotation.of(path, limit: 200))"
    }
}
