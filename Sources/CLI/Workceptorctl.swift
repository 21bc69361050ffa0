import ArgumentParser
import ControlProtocol

/// The command line client.
struct Workceptorctl: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "workceptorctl",
        abstract: "Control a Workceptor (or Receptor) node.",
        usage: "workceptorctl [--socket <address>] [<options>] <subcommand>",
        discussion: """
            Talks to the control service of a node: submits units of work, follows and ends them, and shows what the \
            node knows of its mesh. Command names, options, output and exit codes are those of receptorctl; what \
            goes beyond it is said in the help of each command.

            EXAMPLES
              export WORKCEPTORCTL_SOCKET=/run/workceptor/control.sock
              workceptorctl status
              workceptorctl work submit echo --payload-literal hello --follow --rm
              workceptorctl --socket tcp://node1:9000 work list
              workceptorctl work results t1BlAB18 > output

            EXIT CODES
              0      success
              1      failure; the reason is one line on standard error
              2      ping: a node did not answer
              3-5    reload: see its help
              64     the command line is wrong
              101    work submit: the work was not taken
              130    ended by Ctrl-C
              141    nobody reads its output any more
              1-255  work submit --follow: the exit status of the unit

            ENVIRONMENT
              WORKCEPTORCTL_SOCKET   address of the control socket
              RECEPTORCTL_SOCKET     the same, when WORKCEPTORCTL_SOCKET is not set
              RECEPTORCTL_CONFIG     as --config
              RECEPTORCTL_TLSCLIENT  as --tls-client before the command
              NO_COLOR               when set, nothing is coloured
            """,
        version: WorkceptorVersion.current,
        groupedSubcommands: [
            CommandGroup(name: "Work", subcommands: [WorkCommandGroup.self]),
            CommandGroup(
                name: "Mesh",
                subcommands: [StatusCommand.self, PingCommand.self, TracerouteCommand.self, ConnectCommand.self]
            ),
            CommandGroup(
                name: "Node",
                subcommands: [
                    PluginsCommand.self, ReloadCommand.self, VersionCommand.self, ConfigCommand.self,
                    KeysCommand.self, CompletionsCommand.self,
                ]
            ),
        ]
    )

    @OptionGroup(title: "Connection") var connection: ConnectionOptions
    @OptionGroup(title: "TLS control connections (not supported yet)") var tls: TLSOptions
}
