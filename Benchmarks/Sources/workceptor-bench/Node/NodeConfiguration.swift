/// The configuration of the node that is measured.
enum NodeConfiguration {
    /// How much the throughput measurements move.
    static let bulk = 256 << 20

    /// The file's text.
    static func text(folder: String, socket: String) -> String {
        var text = """
            version: 2
            node:
              id: \(Daemon.nodeID)
              datadir: \(folder)/data
            local-only:
            control-services:
              - service: control
                filename: \(socket)
            work-commands:

            """
        // The sleep is as long as a benchmark may be: what a killed one leaves behind goes by itself.
        let commands = [
            ("true", "true", ""), ("echo", "echo", "hi"), ("sleep", "sleep", "\(Workbench.timeLimit)"),
            ("zeros", "head", "-c \(bulk) /dev/zero"),
        ]
        for (type, command, parameters) in commands {
            text += "  - worktype: \(type)\n    command: \"\(command)\"\n"
            if !parameters.isEmpty { text += "    params: \"\(parameters)\"\n" }
        }
        return text
    }
}
