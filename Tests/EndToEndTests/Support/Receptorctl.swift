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
}
