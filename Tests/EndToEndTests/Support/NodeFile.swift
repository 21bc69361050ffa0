/// The configuration of a node in a scratch directory.
struct NodeFile: Sendable {
    var id = "foo"
    /// The entries of `work-commands`, each line as in the file; `SCRATCH` stands for the scratch directory.
    var work = """
        - worktype: cat
          command: cat
        """
    /// More keys of the `node` section, each line as in the file.
    var nodeKeys = ""
    /// Whole sections, each line as in the file.
    var sections = ""
    /// The port of a control service on TCP.
    var tcpPort: UInt16?
    /// The node's directory of units, if it is not in the scratch directory.
    var dataDirectory: String?
    /// The name of the socket in the scratch directory.
    var socket = "s"

    func yaml(in scratch: Scratch) -> String {
        let tcp = tcpPort.map { "\n    tcplisten: 127.0.0.1:\($0)" } ?? ""
        let entries = work.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
        let keys = nodeKeys.split(separator: "\n").map { "\n  \($0)" }.joined()
        return """
            version: 2
            node:
              id: \(id)
              datadir: \(dataDirectory ?? scratch.file("d"))\(keys)
            control-services:
              - service: control
                filename: \(scratch.file(socket))\(tcp)
            \(work.isEmpty ? "" : "work-commands:\n\(entries)")
            \(sections)

            """.replacing("SCRATCH", with: scratch.path)
    }
}
