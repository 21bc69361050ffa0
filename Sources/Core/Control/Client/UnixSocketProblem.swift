import Glibc

/// Why a Unix socket could not be connected to, found out after the fact to say what to do about it.
struct UnixSocketProblem {
    /// The socket's path.
    let path: String
    /// What `connect` reported.
    let errorNumber: CInt
    /// What is at the path, `nil` when it cannot be looked at.
    let file: File?
    /// The name of the user who tried.
    let user: String

    /// What is at a path.
    struct File {
        let isSocket: Bool
        /// The permission bits.
        let mode: UInt32
        /// The owner's name.
        let owner: String
        /// The group's name.
        let group: String
    }

    init(path: String, errorNumber: CInt, file: File?, user: String) {
        self.path = path
        self.errorNumber = errorNumber
        self.file = file
        self.user = user
    }

    /// Looks at the path.
    init(path: String, errorNumber: CInt) {
        self.init(
            path: path,
            errorNumber: errorNumber,
            file: Self.look(at: path),
            user: Self.userName(geteuid())
        )
    }

    var error: ControlError {
        switch errorNumber {
        case ENOENT, ENOTDIR:
            ControlError(
                .unreachable,
                "Socket path does not exist: \(path). Is the daemon running (workceptor --config FILE), and is this "
                    + "the filename of its control service?"
            )
        case ECONNREFUSED, ENOTSOCK, EPROTOTYPE:
            file?.isSocket == false
                ? ControlError(.unreachable, "\(path) is not a socket")
                : ControlError(
                    .unreachable,
                    "Connection to \(path) refused: the daemon is not running. "
                        + "Start it with: workceptor --config FILE"
                )
        case EACCES, EPERM: ControlError(.unreachable, "Permission denied for socket \(path): \(permissions)")
        default:
            ControlError(.unreachable, "Could not connect to socket \(path): \(SystemCall.text(of: errorNumber))")
        }
    }

    private var permissions: String {
        guard let file else { return "user \(user) may not enter the directory it is in" }
        let digits = String(file.mode, radix: 8)
        let mode = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return "it has mode \(mode) and belongs to \(file.owner):\(file.group), you are \(user). "
            + "Run this as \(file.owner), or set permissions: in the control service's configuration"
    }

    private static func look(at path: String) -> File? {
        var entry = stat()
        guard stat(path, &entry) == 0 else { return nil }
        return File(
            isSocket: entry.st_mode & S_IFMT == S_IFSOCK,
            mode: entry.st_mode & 0o7777,
            owner: userName(entry.st_uid),
            group: groupName(entry.st_gid)
        )
    }

    private static func userName(_ id: uid_t) -> String {
        getpwuid(id).flatMap { $0.pointee.pw_name }.map { String(cString: $0) } ?? "user \(id)"
    }

    private static func groupName(_ id: gid_t) -> String {
        getgrgid(id).flatMap { $0.pointee.gr_name }.map { String(cString: $0) } ?? "group \(id)"
    }
}
