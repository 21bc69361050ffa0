/// The configuration of a node that is measured.
struct NodeConfiguration: Sendable {
    /// How much the throughput measurements move.
    static let bulk = 256 << 20

    var nodeID = Daemon.nodeID
    /// The port on loopback at which it takes links; `nil` for none.
    var listeningPort: Int?
    /// The ports on loopback of the neighbours that it links to.
    var neighbourPorts: [Int] = []
    /// `full` or `relaxed`; `nil` for the program's own default, and for programs that do not know the key.
    var durability: String?

    /// The file's text.
    func text(folder: String, socket: String) -> String {
        var text = """
            version: 2
            node:
              id: \(nodeID)
              datadir: \(folder)/data
            control-services:
              - service: control
                filename: \(socket)

            """
        if let durability {
            text = text.replacing("control-services:", with: "  durability: \(durability)\ncontrol-services:")
        }
        if listeningPort == nil && neighbourPorts.isEmpty { text += "local-only:\n" }
        if let listeningPort {
            text += "tcp-listeners:\n  - port: \(listeningPort)\n    bindaddr: 127.0.0.1\n"
        }
        if !neighbourPorts.isEmpty { text += "tcp-peers:\n" }
        for port in neighbourPorts { text += "  - address: 127.0.0.1:\(port)\n" }
        text += "work-commands:\n"
        // The sleep is as long as a benchmark may be: what a killed one leaves behind goes by itself.
        let commands = [
            ("true", "true", ""), ("echo", "echo", "hi"), ("sleep", "sleep", "\(Workbench.timeLimit)"),
            ("zeros", "head", "-c \(Self.bulk) /dev/zero"),
        ]
        for (type, command, parameters) in commands {
            text += "  - worktype: \(type)\n    command: \"\(command)\"\n"
            if !parameters.isEmpty { text += "    params: \"\(parameters)\"\n" }
        }
        return text
    }
}
