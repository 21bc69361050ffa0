import ControlProtocol
import TestSupport
import Testing

@Suite("Made-up control lines")
struct ControlFuzzTests {
    private static let mutator = Mutator(
        seeds: [
            "status", "ping foo", "traceroute bar", "connect foo control tls", "reload", "plugins",
            "work submit localhost cat a b c", "work list", "work list abcdefgh", "work status abcdefgh",
            "work results abcdefgh 17", "work cancel abcdefgh", "work release abcdefgh", "work force-release abcdefgh",
            #"{"command":"work","subcommand":"submit","node":"localhost","worktype":"cat","params":"a 'b c' \"d\""}"#,
            #"{"command":"work","subcommand":"submit","node":"foo","worktype":"x","ttl":"1h","signwork":"true","tlsclient":"t"}"#,
            #"{"command":"work","subcommand":"submit","node":"foo","worktype":"x","signature":"a.b.c","secret_x":"y"}"#,
            #"{"command":"work","subcommand":"results","unitid":"abcdefgh","startpos":12}"#,
            #"{"command":"work","subcommand":"list","times":"true"}"#,
            #"{"command":"status","requested_fields":["NodeID","Version"]}"#,
            #"{"command":"ping","target":"foo"}"#, #"{"command":"connect","node":"a","service":"b","tls":""}"#,
        ],
        words: [
            "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u0000", "\\ud800", "\\udc00", "null", "true", "{}", "[]",
            "\"\"",
            "\"command\":", "\"subcommand\":", "\"unitid\":", "\"startpos\":", "work ", "submit ", " ", "\t",
            "localhost",
            "..", "/", "-1", "\u{2028}", "\u{85}",
        ]
    )

    @Test("Any line is a command or an error of one short line")
    func lines() throws {
        try Fuzz.run("control-lines", Self.mutator) { input in
            let text = String(decoding: input.filter { $0 != 0x0a && $0 != 0x0d }, as: UTF8.self)
            do {
                let command = try ControlCommand(line: text)
                // The same line is the same command.
                guard try ControlCommand(line: text) == command else { throw Wrong("not the same twice") }
            } catch let error as ControlRefusal {
                guard error.description.utf8.count <= 1_000 else {
                    throw Wrong("an error of \(error.description.utf8.count) bytes")
                }
            }
        }
    }

    @Test("Lines are the same in however many pieces they come, and nothing behind them is lost")
    func pieces() throws {
        let limit = 300
        var generator = SeededGenerator(seed: Fuzz.seed)
        try Fuzz.run("line-pieces", Self.mutator) { input in
            let text = input + Array("\nwork list\r\n".utf8) + input
            let whole = Self.read([text], limit: limit)
            var pieces: [[UInt8]] = []
            var start = 0
            while start < text.count {
                let size = Int.random(in: 1...max(1, text.count / 3), using: &generator)
                pieces.append(Array(text[start..<min(text.count, start + size)]))
                start += size
            }
            let parts = Self.read(pieces, limit: limit)
            guard parts.lines == whole.lines, parts.isTooLong == whole.isTooLong else {
                throw Wrong("other lines in pieces")
            }
            guard parts.rest == whole.rest || whole.isTooLong else { throw Wrong("another rest in pieces") }
        }
    }

    private static func read(
        _ pieces: [[UInt8]],
        limit: Int
    ) -> (lines: [String], rest: [UInt8], isTooLong: Bool) {
        var reader = ByteLines(limit: limit)
        var lines: [String] = []
        for piece in pieces {
            reader.append(piece)
            do {
                while let line = try reader.nextText() { lines.append(line) }
            } catch {
                return (lines, [], true)
            }
        }
        return (lines, reader.takeRest(), false)
    }
}
