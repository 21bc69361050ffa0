internal import Glibc
internal import LinuxSystem

/// What can be wrong with a command, in Receptor's words where it has some.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Why a program could not be started; its arguments are never part of it.
    static func unstartable(_ program: String, code: Int32) -> String {
        guard code == ENOENT else { return "fork/exec \(program): \(SystemError.reason(code).lowercased())" }
        return program.contains("/")
            ? "fork/exec \(program): no such file or directory"
            : "exec: \"\(program)\": executable file not found in $PATH"
    }
}
