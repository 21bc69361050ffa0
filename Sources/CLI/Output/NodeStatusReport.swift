import JSON
import TimeFormats

/// What `status` prints: the layout is receptorctl's to the byte, for the scripts that read it.
struct NodeStatusReport {
    private let status: JSONObject
    private let advertisements: [JSONValue]
    /// The width of the first column of all tables.
    private let width: Int

    init(_ status: JSONObject) {
        self.status = status
        advertisements = status["Advertisements"]?.array ?? []
        let connections = (status["Connections"]?.array ?? []).compactMap { $0["NodeID"]?.string }
        let known = status["KnownConnectionCosts"]?.object?.names ?? []
        width = (connections + known).map(\.unicodeScalars.count).reduce(12, max)
    }

    /// The report, without the end of its last line.
    var text: String {
        ((head + connections + knownNodes + routes + services + workTypes("Work Types", secure: false)
            + workTypes("Secure Work Types", secure: true)).map(\.withoutControlCharacters) + additional)
            .joined(separator: "\n")
    }

    private static let headings = [
        ("NodeID", "Node ID"), ("Version", "Version"), ("SystemCPUCount", "System CPU Count"),
        ("SystemMemoryMiB", "System Memory MiB"),
    ]

    private static let shown: Set = [
        "NodeID", "Version", "SystemCPUCount", "SystemMemoryMiB", "Connections", "KnownConnectionCosts",
        "RoutingTable", "Advertisements",
    ]

    private var head: [String] {
        Self.headings.map { name, heading in "\(heading): \(PythonText.string(of: status[name] ?? .null))" }
    }

    private var connections: [String] {
        guard let connections = status["Connections"]?.array, !connections.isEmpty else { return [] }
        return ["", row("Connection", "Cost")]
            + connections.map { row(text($0, "NodeID"), PythonText.string(of: $0["Cost"] ?? .null)) }
    }

    private var knownNodes: [String] {
        guard let nodes = status["KnownConnectionCosts"]?.object, !nodes.isEmpty else { return [] }
        return ["", row("Known Node", "Known Connections")]
            + nodes.members.map { node in
                let peers = node.value.object?.members ?? []
                return row(node.name, peers.map { "\($0.name): \(PythonText.string(of: $0.value)) " }.joined())
            }
    }

    private var routes: [String] {
        guard let routes = status["RoutingTable"]?.object, !routes.isEmpty else { return [] }
        return ["", row("Route", "Via")] + routes.members.map { row($0.name, PythonText.string(of: $0.value)) }
    }

    private var services: [String] {
        guard !advertisements.isEmpty else { return [] }
        return ["", row("Node", "Service   Type       Last Seen             Tags")] + advertisements.map(service)
    }

    private func service(_ advertisement: JSONValue) -> String {
        let types = ["Datagram", "Stream", "StreamTLS"]
        let type = advertisement["ConnType"]?.integer.flatMap { types.indices.contains(Int($0)) ? types[Int($0)] : nil }
        let time = text(advertisement, "Time")
        let tags = advertisement["Tags"].flatMap { $0.isNull ? nil : PythonText.string(of: $0) } ?? "-"
        return row(
            text(advertisement, "NodeID"),
            [
                text(advertisement, "Service").padded(to: 9), (type ?? "-").padded(to: 10),
                (Timestamp(time)?.shortText ?? time).padded(to: 21), tags.padded(to: 16),
            ].joined(separator: " ")
        )
    }

    /// A node's work types are on each of its advertisements that has any: one line a node is enough.
    private func workTypes(_ heading: String, secure: Bool) -> [String] {
        var seen: Set<String> = []
        var lines: [String] = []
        for advertisement in advertisements {
            let types = (advertisement["WorkCommands"]?.array ?? []).filter { $0["Secure"]?.bool == secure }
            let node = text(advertisement, "NodeID")
            guard !types.isEmpty, seen.insert(node).inserted else { continue }
            lines.append(row(node, types.map { text($0, "WorkType") }.joined(separator: ", ")))
        }
        return lines.isEmpty ? [] : ["", row("Node", heading)] + lines
    }

    private var additional: [String] {
        let rest = JSONObject(status.members.filter { !Self.shown.contains($0.name) }.map { ($0.name, $0.value) })
        guard !rest.isEmpty else { return [] }
        return ["Additional data returned from Receptor:", PythonText.json(.object(rest))]
    }

    private func row(_ first: String, _ rest: String) -> String { first.padded(to: width) + " " + rest }

    private func text(_ value: JSONValue, _ name: String) -> String { PythonText.string(of: value[name] ?? .null) }
}
