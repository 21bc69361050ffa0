import TestSupport
import Testing
import Workceptor

@testable import Configuration

/// What it costs to read a file, by its size.
@Suite(.serialized) struct `Reading` {
    private static let texts: [(name: String, text: @Sendable (Int) -> String)] = [
        ("one word", { "work-command: {worktype: a, command: c, params: \(String(repeating: "x", count: $0 * 20))}" }),
        ("one quoted word", { "node: {datadir: \"\(String(repeating: "x", count: $0 * 20))\"}" }),
        ("a long key", { "node: {\(String(repeating: "x", count: $0 * 20)): 1}" }),
        ("work types", { "work-commands:\n" + (0..<$0).map { "- {worktype: w\($0), command: c}\n" }.joined() }),
        ("one work type again", { "work-commands:\n" + String(repeating: "- {worktype: w, command: c}\n", count: $0) }),
        ("unknown keys", { "node:\n" + (0..<$0).map { "  key\($0): 1\n" }.joined() }),
        ("one key again", { "node:\n" + String(repeating: "  key: 1\n", count: $0) }),
        ("peers", { "tcp-peers:\n" + (1...$0).map { "- {address: 'h\($0):1', tls: x\($0)}\n" }.joined() }),
        (
            "allowed peers",
            { "tcp-peer: {address: 'h:1', allowedpeers: [\((1...$0).map { "n\($0)" }.joined(separator: ","))]}" }
        ),
        ("merged maps", { "a: &a {x: 1}\nb:\n" + String(repeating: "- {<<: *a, y: 1}\n", count: min($0, 40_000)) }),
        ("binary", { "node: {datadir: !!binary \"\(String(repeating: "aGVs", count: $0 * 5))\"}" }),
        ("layout 1", { String(repeating: "- tcp-peer: 'h:1'\n", count: $0) }),
        ("sections", { (0..<$0).map { "section\($0): 1\n" }.joined() }),
    ]

    private func time(_ text: String) -> Double {
        let bytes = Array(text.utf8)
        return (0..<3).map { _ in
            let start = ThreadTime.seconds
            let draft = Configuration.draft(bytes, file: "f.yml", host: Sample.machine())
            for command in draft.configuration.workCommands {
                _ = try? command.settings.settings(CommandSettings.self)
            }
            _ = draft.configuration.merging([])
            return ThreadTime.seconds - start
        }.min() ?? 0
    }

    /// Eight times the input may cost 24 times as much, on a machine with busy caches; a square costs 64 times.
    @Test(.timeLimit(.minutes(2)), arguments: texts.indices)
    func `costs what the size of the file says`(index: Int) {
        let (name, text) = Self.texts[index]
        let small = time(text(250))
        let large = time(text(2000))
        #expect(large < max(small, 0.002) * 24, "\(name): \(small) s, then \(large) s")
    }
}
