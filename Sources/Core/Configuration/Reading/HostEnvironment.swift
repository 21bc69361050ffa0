/// What a configuration's meaning takes from the machine it is read on; tests put their own in its place.
struct HostEnvironment: Sendable {
    /// The machine's name, or `nil` if it has none.
    var hostName: @Sendable () -> String?
    /// Why a file cannot be read, in the system's words, or `nil` if it can.
    var readingProblem: @Sendable (_ path: String) -> String?
    /// Whether there is a directory at a path.
    var isDirectory: @Sendable (_ path: String) -> Bool

    /// The machine that this program runs on.
    static let machine = HostEnvironment(
        hostName: { FileSystem.hostName() },
        readingProblem: { FileSystem.readingProblem($0) },
        isDirectory: { FileSystem.isDirectory($0) }
    )
}
