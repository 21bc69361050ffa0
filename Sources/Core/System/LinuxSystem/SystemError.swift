internal import Glibc

/// A system call that failed: what was being done, to what, and why.
public struct SystemError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was being done, in words that go after "cannot".
    public var operation: String
    /// The file it was done to; `nil` where the operation says enough.
    public var path: String?
    /// The `errno`.
    public var code: Int32

    /// Creates one from its parts.
    public init(_ operation: String, path: String? = nil, code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    /// An error with the present `errno`.
    public static func current(_ operation: String, path: String? = nil) -> SystemError {
        SystemError(operation, path: path, code: errno)
    }

    /// The reason alone: `No space left on device`.
    public var reason: String { Self.reason(code) }

    /// `cannot OPERATION PATH: REASON`
    public var description: String { "cannot \(operation)\(path.map { " \($0)" } ?? ""): \(reason)" }

    /// The system's words for an `errno`.
    public static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// Whether what was looked for does not exist.
    public var isNotFound: Bool { code == ENOENT }
    /// Whether a process that was looked for does not exist.
    public var isNoProcess: Bool { code == ENOENT || code == ESRCH }
    /// Whether the machine is short of something that it may have again soon: descriptors, memory, processes.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOMEM, EAGAIN].contains(code) }
    /// Whether what was to be made is there already.
    public var isExisting: Bool { code == EEXIST }
}
