import ArgumentParser
import Glibc

/// `config check FILE`
struct ConfigCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a configuration file without starting a node.",
        discussion: """
            Reads the file and its drop-ins as the daemon would, with the plugins that are built into it, and \
            reports every problem with file, line and column. Nothing is started and no control socket is needed: \
            the work is done by the daemon's own program (workceptor --config FILE --check), which is looked for \
            beside this program and then in PATH.

            EXAMPLES
              workceptorctl config check /etc/workceptor/node.yml

            EXIT CODES
              0  the configuration is good
              1  it is not, or the program of the daemon was not found
            """
    )

    @Argument(help: "The configuration file.", completion: .file(extensions: ["yml", "yaml"]))
    var file: String

    func run() throws {
        guard let program = DaemonProgram.find() else {
            throw CommandFailure(
                "Cannot find the program workceptor, neither beside workceptorctl nor in PATH: "
                    + "install it, or run: workceptor --config \(file) --check"
            )
        }
        throw DaemonProgram.run(program, arguments: ["--config", file, "--check"])
    }
}
