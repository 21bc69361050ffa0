import ArgumentParser
import ControlClient
import JSON

/// What a shell can complete from what the node knows. A node that cannot be reached completes nothing.
enum Completions {
    private static let timeout: Duration = .seconds(1)

    /// The IDs of the node's units.
    @Sendable static func units(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        (try? connect(words)?.listUnits().names.filter { $0.hasPrefix(prefix) }) ?? []
    }

    /// The nodes the node has a route to.
    @Sendable static func nodes(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let status = status(words, field: "RoutingTable")
        return (status?["RoutingTable"]?.object?.names ?? []).filter { $0.hasPrefix(prefix) }
    }

    /// The work types that are offered on the mesh.
    @Sendable static func workTypes(_ words: [String], _ index: Int, _ prefix: String) -> [String] {
        let advertisements = status(words, field: "Advertisements")?["Advertisements"]?.array ?? []
        let types = advertisements.flatMap { $0["WorkCommands"]?.array ?? [] }.compactMap { $0["WorkType"]?.string }
        return Set(types).filter { $0.hasPrefix(prefix) }.sorted()
    }

    private static func status(_ words: [String], field: String) -> JSONValue? {
        try? connect(words)?.command(.status(fields: [field]))
    }

    private static func connect(_ words: [String]) throws -> ControlConnection? {
        var options = try ConnectionOptions.parse([])
        options.socket = socket(in: words)
        guard options.isGiven() else { return nil }
        return try ControlConnection(to: options.address(), timeout: timeout)
    }

    /// The value of `--socket` on a command line that is not complete yet.
    static func socket(in words: [String]) -> String? {
        for (index, word) in words.enumerated() {
            if word == "--socket", index + 1 < words.count { return words[index + 1] }
            if word.hasPrefix("--socket=") { return String(word.dropFirst("--socket=".count)) }
        }
        return nil
    }
}
