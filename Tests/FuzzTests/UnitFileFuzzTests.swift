@testable import CommandPlugin
import JSON
@testable import RunnerProtocol
import Testing
import Workceptor

@Suite("Made-up files of units")
struct UnitFileFuzzTests {
    private static let json = [
        "{", "}", "[", "]", "\"", ":", ",", "\\", "\\u00e9", "\\ud83d\\ude00", "\\ud800", "null", "true", "false",
        "1e5", "-",
        "\"State\":", "\"ExtraData\":", "{\"a\":", "[[[[", "\u{0}",
    ]

    @Test("Any status file is a status that is written and read again the same, or an error")
    func status() throws {
        let mutator = Mutator(
            seeds: [
                #"{"State":2,"Detail":"exit status 0","StdoutSize":30,"WorkType":"echopayload","ExtraData":null}"#
                    + "\n",
                #"{"State":1,"Detail":"Running: PID 17","StdoutSize":0,"WorkType":"c","ExtraData":{"Pid":17,"Params":"a"}}"#,
                #"{"State":0,"Detail":"","StdoutSize":0,"WorkType":"remote","ExtraData":{"RemoteParams":{},"E":"0001-01-01"}}"#,
            ],
            words: Self.json
        )
        try Fuzz.run("status", mutator) { input in
            let status: UnitStatus
            do throws(UnitStatusError) { status = try UnitStatus(fileContent: input) } catch {
                guard error.description.utf8.count <= 500 else {
                    throw Wrong("an error of \(error.description.utf8.count) bytes")
                }
                return
            }
            guard status.stdoutSize >= 0 else { throw Wrong("a negative size") }
            let content = status.fileContent
            guard try UnitStatus(fileContent: content).fileContent == content else { throw Wrong("not the same again") }
            guard !content.dropLast().contains(0x0a) else { throw Wrong("more than one line") }
        }
    }

    @Test("Any JSON text is a value that is written and read again the same, or an error")
    func values() throws {
        let mutator = Mutator(
            seeds: [
                #"{"a":[1,-2.5,3e10,true,null,"x\n\u00e9"],"b":{"c":""},"d":9223372036854775807}"#, "[]", "\"\"", "0",
            ],
            words: Self.json
        )
        try Fuzz.run("json", mutator) { input in
            guard let value = try? JSONValue(parsing: input) else { return }
            // Compared as text: 3e10 is the integer 30000000000 when it is read again.
            let text = value.serialized
            guard try JSONValue(parsing: text).serialized == text else { throw Wrong("not the same again") }
        }
    }

    @Test(
        "Any record of a runner is read as far as its lines are whole, and never names a process that must not be signaled"
    )
    func record() throws {
        let claim = "workceptor-runner-record 1\nclaim 1234 567890 1255200e-21e3-4e10-a8a5-dd4a0207780e\n"
        let mutator = Mutator(
            seeds: [
                claim, claim + "command 1235 567891\n", claim + "command 1235 567891\ncancel\nend signaled 15 30 ok\n",
                claim + "end unstartable 2 0 ok\n",
                claim + "command 5 6\nend exited 0 100 full\n" + String(repeating: "\0", count: 50),
                "workceptor-runner-record 1\nclaim none 1255200e-21e3-4e10-a8a5-dd4a0207780e\n",
            ],
            words: [
                "claim ", "command ", "cancel\n", "end ", "exited ", "signaled ", "none", "\n", " ", "\u{0}", "-1", "1",
                "0",
            ]
        )
        try Fuzz.run("record", mutator) { input in
            guard let record = RunnerRecord(decoding: input) else { return }
            for stamp in [record.runner, record.command].compactMap({ $0 }) where stamp.pid <= 1 {
                throw Wrong("process \(stamp.pid)")
            }
            let again = RunnerRecord(decoding: Array(record.claim.utf8))
            guard again?.runner == record.runner, again?.bootID == record.bootID else {
                throw Wrong("another claim again")
            }
            // What is behind the first zero byte does not count.
            guard RunnerRecord(decoding: input + [0] + Array("end exited 9 9 ok\n".utf8)) == record else {
                throw Wrong("read past the end")
            }
        }
    }

    @Test("Any order for a runner is one that is written the same, or none")
    func order() throws {
        let good = RunnerOrder(
            directory: "/d/foo/abcdefgh",
            arguments: ["sh", "-c", "", "é"],
            graceMilliseconds: 5000,
            openFilesLimit: 1024,
            isDurable: true,
            endsAll: false
        )
        let mutator = Mutator(
            seeds: [String(decoding: good.encoded, as: UTF8.self)],
            words: ["\u{0}", "\u{0}\u{0}", "workceptor-runner-order 2\u{0}", "-1"]
        )
        try Fuzz.run("order", mutator) { input in
            guard let order = RunnerOrder(decoding: input) else { return }
            guard RunnerOrder(decoding: order.encoded) == order else { throw Wrong("not the same again") }
        }
    }

    @Test("Any line of /proc/PID/stat is a process or none")
    func processTable() throws {
        let mutator = Mutator(
            seeds: [
                "1234 (bash) S 1233 1234 1234 34816 1240 4194304 1 2 3 4 5 6 7 8 20 0 1 0 567890 1 2\n",
                "5 (a b) c) (d) Z 1 5 5 0 -1 4194304 0 0 0 0 0 0 0 0 20 0 1 0 1 0 0\n",
            ],
            words: [")", "(", " ", ") ", "Z", "-1"]
        )
        try Fuzz.run("stat", mutator) { input in _ = ProcessTable.parse(input) }
    }

    @Test("Any parameters are words, and words that are quoted are themselves again")
    func shellWords() throws {
        let mutator = Mutator(
            seeds: [#"-c "for i in {1..5}; do echo $i; done""#, #"a 'b  c' "d \" e" f\ g"#, "", "''"],
            words: ["'", "\"", "\\", " ", "\t", "\n", "\\\n", "$", "`", "é", "e\u{301}"]
        )
        try Fuzz.run("shell-words", mutator) { input in
            let text = String(decoding: input, as: UTF8.self)
            let words = ShellWords.split(text)
            // By scalars: an accent may make one character with the quote before it.
            let parts = text.unicodeScalars.split(separator: "'", omittingEmptySubsequences: false).map(String.init)
            let quoted = "'" + parts.joined(separator: #"'\''"#) + "'"
            guard ShellWords.split(quoted + " " + quoted) == [text, text] else {
                throw Wrong("not the same when quoted")
            }
            guard let words else { return }
            guard words.joined().unicodeScalars.count <= text.unicodeScalars.count else {
                throw Wrong("more than there was")
            }
        }
    }
}
