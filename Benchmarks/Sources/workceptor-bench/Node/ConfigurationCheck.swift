internal import CBench
internal import Glibc

/// What a program's own `--check` says: an older one does not know all keys.
enum ConfigurationCheck {
    /// Whether a program takes `node.durability`.
    static func knowsDurability(_ program: String, folder: String) throws -> Bool {
        var node = NodeConfiguration()
        // Without it the file must be right, or the answer says something else.
        guard try accepts(node, program, folder) else {
            throw Failure("\(program) --check refuses the benchmark's file")
        }
        node.durability = "relaxed"
        return try accepts(node, program, folder)
    }

    private static func accepts(_ node: NodeConfiguration, _ program: String, _ folder: String) throws -> Bool {
        let file = "\(folder)/check.yml"
        try TextFile.write(node.text(folder: folder, socket: "\(folder)/check.sock"), to: file)
        defer { unlink(file) }
        let null = try FileDescriptor(owning: open("/dev/null", O_WRONLY | O_CLOEXEC), for: "open /dev/null")
        var arguments: [UnsafeMutablePointer<CChar>?] = [program, "--config", file, "--check"].map {
            (argument: String) in strdup(argument)
        }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let pid = cb_spawn(program, arguments, null.number)
        guard pid > 0 else { throw Failure.system("start \(program)") }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 { guard errno == EINTR else { throw Failure.system("wait for a check") } }
        return status == 0
    }
}
