import Foundation

/// The published client `receptorctl`, unmodified.
enum Receptorctl {
    static let version = "1.6.9"

    /// The program in an environment of its own beside the programs under test, made once; `nil` where it cannot be had.
    private static let program: String? = {
        let folder = "\(Binaries.folder)/receptorctl-\(version)"
        let path = "\(folder)/bin/receptorctl"
        if (try? Program.run(path, ["--help"]))?.end == .exited(0) { return path }
        do {
            for (program, arguments) in [
                ("python3", ["-m", "venv", "--clear", folder]),
                (
                    "\(folder)/bin/python",
                    [
                        "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "1", "--timeout",
                        "15",
                        "receptorctl==\(version)",
                    ]
                ),
            ] {
                let result = try Program.run(program, arguments, within: 180)
                guard result.end == .exited(0) else { throw Unexpected("\(program): \(result.errors)\(result.output)") }
            }
            return path
        } catch {
            print("tests with receptorctl are skipped: \(error)")
            return nil
        }
    }()

    static var isAvailable: Bool { program != nil }

    /// Runs it against a node.
    static func run(_ node: Node, _ arguments: [String], input: String = "") throws -> Program.Finished {
        try run(socket: node.socket, arguments, input: input)
    }

    static func run(socket: String, _ arguments: [String], input: String = "") throws -> Program.Finished {
        try Program.run(
            program ?? "receptorctl",
            ["--socket", socket] + arguments,
            input: Array(input.utf8),
            environment: ["PYTHONDONTWRITEBYTECODE": "", "PYTHONWARNINGS": "ignore"]
        )
    }

    /// Runs it on a terminal of its own, which `connect` needs: types the input, and the end of the input (Ctrl-D) once
    /// the text has come.
    static func run(_ node: Node, onTerminal arguments: [String], input: String, until text: String) throws
        -> Program.Finished
    {
        let terminal = """
            import os, pty, sys
            text, typed, command = sys.argv[1].encode(), sys.argv[2].encode(), sys.argv[3:]
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(command[0], command)
            os.write(terminal, typed)
            output, ended = b"", False
            while True:
                try:
                    output += os.read(terminal, 4096)
                except OSError:
                    break
                if text in output and not ended:
                    os.write(terminal, b"\\x04")
                    ended = True
            print(output.decode())
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """
        return try Program.run(
            "python3",
            ["-c", terminal, text, input, program ?? "receptorctl", "--socket", node.socket] + arguments
        )
    }
}
