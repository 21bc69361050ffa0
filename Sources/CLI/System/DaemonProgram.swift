import Glibc

/// The executable of the daemon.
enum DaemonProgram {
    static let name = "workceptor"

    /// Its path: beside this program, else in `PATH`.
    static func find(
        besides program: String? = DaemonProgram.ownPath,
        path: String? = Environment.process["PATH"],
        isExecutable: (String) -> Bool = { access($0, X_OK) == 0 }
    ) -> String? {
        let directories = [program.map(directory(of:))] + (path ?? "").split(separator: ":").map(String.init)
        return directories.compactMap { $0 }.map { "\($0)/\(name)" }.first(where: isExecutable)
    }

    /// Becomes that program.
    ///
    /// - Returns: why it could not.
    static func run(_ program: String, arguments: [String]) -> CommandFailure {
        signal(SIGPIPE, SIG_DFL)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        execv(program, &words)
        let failure = CommandFailure("Cannot run \(program): \(String(cString: strerror(errno)))")
        for word in words { free(word) }
        return failure
    }

    static var ownPath: String? {
        guard let resolved = realpath("/proc/self/exe", nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func directory(of path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}
