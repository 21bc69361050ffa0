import ArgumentParser
import ControlClient

/// How the control service is reached.
struct ConnectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Address of the control socket: a path, unix:PATH, tcp://HOST:PORT or tcp://[IPV6]:PORT. May be given \
            before or after the command. (environment: WORKCEPTORCTL_SOCKET, RECEPTORCTL_SOCKET)
            """,
            valueName: "address"
        ),
        completion: .file()
    )
    var socket: String?

    /// The address that the option or the environment gives.
    func address(in environment: Environment = .process) throws -> ControlAddress {
        guard let text = text(in: environment) else {
            throw CommandFailure(
                "No control socket given: use --socket ADDRESS (a path such as /run/workceptor/control.sock, or "
                    + "tcp://HOST:PORT), or set WORKCEPTORCTL_SOCKET"
            )
        }
        return try ControlAddress(parsing: text)
    }

    /// Whether an address is given at all.
    func isGiven(in environment: Environment = .process) -> Bool { text(in: environment) != nil }

    /// Connects to the control service.
    func connect(interruption: Interruption? = nil) throws -> ControlConnection {
        try ControlConnection(to: address(), interruption: interruption)
    }

    private func text(in environment: Environment) -> String? {
        socket ?? environment["WORKCEPTORCTL_SOCKET"] ?? environment["RECEPTORCTL_SOCKET"]
    }
}
