import ControlProtocol
import JSON
import TestSupport
import Testing

@Suite struct `A command line` {
    @Test(arguments: [
        ("status", ControlCommand.status(fields: nil)),
        ("STATUS", .status(fields: nil)),
        (#"{"command":"status","requested_fields":["Version"]}"#, .status(fields: ["Version"])),
        ("ping bar", .ping(target: "bar")),
        (#"{"command":"ping","target":"bar"}"#, .ping(target: "bar")),
        ("connect bar control", .connect(node: "bar", service: "control", tlsClient: nil)),
        ("work list", .list(unit: nil, withTimes: false)),
        ("WORK LIST abc", .list(unit: "abc", withTimes: false)),
        ("work results abc", .results(unit: "abc", startPosition: 0, signature: nil)),
        ("work results abc 12", .results(unit: "abc", startPosition: 12, signature: nil)),
        (
            #"{"command":"work","subcommand":"results","unitid":"abc","startpos":"3"}"#,
            .results(unit: "abc", startPosition: 3, signature: nil)
        ),
        (
            #"{"command":"work","subcommand":"results","unitid":"abc","startpos":3,"signature":"s"}"#,
            .results(unit: "abc", startPosition: 3, signature: "s")
        ),
        ("work cancel abc", .cancel(unit: "abc", signature: nil)),
        ("work force-release abc", .release(unit: "abc", isForced: true, signature: nil)),
        (
            "work submit foo ls -l /",
            .submit(SubmitRequest(node: "foo", workType: "ls", parameters: ["params": "-l /"]))
        ),
        (
            #"{"command":"work","subcommand":"submit","node":"n","worktype":"t","ttl":"1h","signwork":"true","x":"y"}"#,
            .submit(
                SubmitRequest(node: "n", workType: "t", parameters: ["x": "y"], timeToLive: "1h", signsWork: true)
            )
        ),
    ])
    func `is understood in both forms`(line: String, command: ControlCommand) throws {
        #expect(try ControlCommand(line: line) == command)
    }

    @Test(arguments: [
        ("work results u -1", "start position must not be negative"),
        (#"{"command":"work","subcommand":"cancel"}"#, "field unitid missing"),
        (#"{"command":"work","subcommand":"cancel","unitid":1}"#, "field unitid must be a string"),
        (#"{"command":"work"}"#, "field subcommand missing"),
        (#"{"command":"work","subcommand":"submit","worktype":"t"}"#, "field node missing"),
        (
            "work results u 99999999999999999999",
            "error converting start position to integer: strconv.ParseInt: parsing \"99999999999999999999\": value out of range"
        ),
    ])
    func `that is wrong is refused with what is wrong`(line: String, message: String) {
        #expect { try ControlCommand(line: line) } throws: { "\($0)" == message }
    }

    @Test func `is found in whatever pieces it comes, and what follows it is left alone`() throws {
        let bytes = Array("work list\r\n\nstatus\npayload".utf8)
        for size in 1...bytes.count {
            var reader = ByteLines(limit: 100)
            var lines: [String] = []
            var rest: [UInt8] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                reader.append(Array(bytes[start..<min(start + size, bytes.count)]))
                while lines.count < 3, let line = try reader.nextText() { lines.append(line) }
                if lines.count == 3 { rest += reader.takeRest() }
            }
            #expect(lines == ["work list", "", "status"] && rest == Array("payload".utf8))
        }
    }

    @Test func `that is too long is refused before it ends`() {
        var reader = ByteLines(limit: 10)
        reader.append(Array("12345678901".utf8))
        #expect(throws: ByteLines.TooLong.self) { try reader.next() }
    }

    enum Long: CaseIterable {
        case words, word, blanks, field

        func line(_ size: Int) -> String {
            switch self {
            case .words: return "work submit foo ls " + String(repeating: "x ", count: size / 2)
            case .word: return "work submit foo ls " + String(repeating: "x", count: size)
            case .blanks: return "work " + String(repeating: " ", count: size)
            case .field:
                let start = #"{"command":"work","subcommand":"submit","node":"n","worktype":"t","x":""#
                return start + String(repeating: "y", count: size) + #""}"#
            }
        }
    }

    @Test(arguments: Long.allCases)
    func `costs what its length is worth, in whatever pieces it comes`(kind: Long) {
        let growth = CostGrowth.perUnit(from: 12_500, input: kind.line) { line in
            var lines = ByteLines(limit: 1 << 20)
            let bytes = Array((line + "\n").utf8)
            for start in stride(from: 0, to: bytes.count, by: 1_000) {
                lines.append(Array(bytes[start..<min(bytes.count, start + 1_000)]))
                while let line = try? lines.next() { _ = try? ControlCommand(line: line) }
            }
        }
        #expect(growth < 4)
    }

    @Test(arguments: [
        ControlCommand.status(fields: ["Version"]), .ping(target: "bar"), .plugins, .list(unit: nil, withTimes: true),
        .connect(node: "bar", service: "control", tlsClient: "t"), .unitStatus(unit: "u"),
        .unitStatus(unit: "u", fingerprint: FingerprintRequest(size: 3, key: "k"), signature: "s"),
        .results(unit: "u", startPosition: 3, signature: "s"), .cancel(unit: "u", signature: nil),
        .release(unit: "u", isForced: true, signature: "s"),
        .submit(SubmitRequest(node: "n", workType: "t", parameters: ["a": "b"], signature: "s", timeToLive: "1h")),
    ])
    func `is read as it was written`(command: ControlCommand) throws {
        #expect(try ControlCommand(line: Array(command.line.utf8.dropLast())) == command)
    }

    @Test func `that is no UTF-8 is refused`() {
        #expect(throws: ControlRefusal("the command line is not valid UTF-8")) {
            try ControlCommand(line: Array("ping b".utf8) + [0xff])
        }
    }
}

@Suite struct `The status in a reply` {
    @Test func `says that work never started, and is read as it was written`() throws {
        var status = UnitStatus(state: .failed, detail: "d", stdoutSize: 3, workType: "t", extraData: ["a": 1])
        #expect(status.reply["NeverStarted"] == nil && UnitStatus(reply: .object(status.reply)) == status)
        status.hasNeverStarted = true
        #expect(status.reply["NeverStarted"] == true && UnitStatus(reply: .object(status.reply)) == status)
        status.outputFingerprint = "f"
        #expect(status.reply["StdoutFingerprint"] == "f" && UnitStatus(reply: .object(status.reply)) == status)
        #expect(UnitStatus(reply: ["State": 9]) == nil && UnitStatus(reply: ["Detail": ""]) == nil)
    }
}
