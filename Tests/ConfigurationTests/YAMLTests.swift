import Testing
import Workceptor

@testable import Configuration

@Suite struct `YAML` {
    @Test func `aliases and merge keys are followed`() throws {
        let file = try Sample.configuration(
            """
            work-commands:
              - &base {worktype: a, plugin: p, Command: x, params: y}
              - <<: *base
                worktype: b
                command: z
              - <<: [{worktype: c}, *base]
            """
        )
        #expect(file.workCommands.map(\.worktype) == ["a", "b", "c"])
        #expect(file.workCommands.map(\.plugin) == ["p", "p", "p"])
        let settings = try file.workCommands.map { try $0.settings.settings(CommandSettings.self) }
        #expect(settings.map(\.command) == ["x", "z", "x"] && settings.map(\.params) == ["y", "y", "y"])
    }

    @Test func `binary values are decoded`() throws {
        let file = try Sample.configuration("node: {id: foo, datadir: !!binary \"aGVs\\n bG8=\"}")
        #expect(file.node.dataDirectory == "hello")
        #expect(try Sample.configuration("node: {id: !!binary bnVsbA==}").node.id == "null")
    }

    @Test(arguments: [
        ("aGVsbG8", "this value is tagged !!binary, but it is not base64"),
        ("a=bc", "this value is tagged !!binary, but it is not base64"),
        ("====", "this value is tagged !!binary, but it is not base64"),
        ("/w==", "this !!binary value is not text in UTF-8"), ("YQBi", "a NUL character is not allowed here"),
    ])
    func `binary values that are no text are refused`(value: String, problem: String) {
        #expect(Sample.problems("node: {id: !!binary \(value)}") == ["f.yml:1:12: error: \(problem)"])
    }

    @Test(.timeLimit(.minutes(1))) func `aliases cannot make a small file large`() {
        var text = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (name, previous) in zip("bcdefghi", "abcdefgh") {
            text += "\(name): &\(name) [\(Array(repeating: "*\(previous)", count: 9).joined(separator: ","))]\n"
        }
        #expect(Sample.problems(text) == ["f.yml:6:8: error: the file's aliases stand for more than 100000 values"])
    }

    @Test(.timeLimit(.minutes(1))) func `merge keys cannot make a small file large`() {
        var text = "a: &a {x: 1, y: 2}\n"
        for (name, previous) in zip("bcdefghijklmnopqrstuvw", "abcdefghijklmnopqrstuv") {
            text += "\(name): &\(name) {<<: [\(Array(repeating: "*\(previous)", count: 9).joined(separator: ","))]}\n"
        }
        #expect(Sample.problems(text).count == 1)
    }

    @Test(arguments: ["[", "{a: ", "- ", "? "])
    func `nesting is bounded`(opening: String) {
        for count in [65, 100, 1_000, 100_000] {
            let problems = Sample.problems(String(repeating: opening, count: count))
            #expect(problems.count == 1 && problems[0].contains("64 deep"), "\(problems)")
        }
    }

    @Test(arguments: [
        (
            "node: {id: foo",
            "f.yml:1:15: error: YAML: did not find expected ',' or '}' (while parsing a flow mapping from line 1)"
        ),
        (
            "version: 2\nnode:\n\tid: foo",
            "f.yml:3:1: error: YAML: found character that cannot start any token (while scanning for the next token from line 3)"
        ),
        ("a: b: c", "f.yml:1:5: error: YAML: mapping values are not allowed in this context"),
        (
            "a: 'b",
            "f.yml:1:6: error: YAML: found unexpected end of stream (while scanning a quoted scalar from line 1)"
        ),
        (
            "node: foo\n---\nnode: bar",
            "f.yml:2:1: error: a second YAML document starts here (a configuration file holds one document)"
        ),
        ("node: *foo", "f.yml:1:7: error: no value with the anchor 'foo' comes before this"),
        ("node: &a [*a]", "f.yml:1:11: error: no value with the anchor 'a' comes before this"),
        ("node: {<<: x}", "f.yml:1:12: error: the merge key '<<' takes a map or a list of maps, not a value"),
        ("node: !vault x", "f.yml:1:7: error: the tag '!vault' is not supported"),
        ("? [a]\n: b", "f.yml:1:3: error: a list cannot be a key"),
        ("node: \"a\\0b\"", "f.yml:1:7: error: a NUL character is not allowed here"),
        ("node: foo\nä: \u{7}", "f.yml:2:4: error: YAML: control characters are not allowed"),
    ])
    func `that is wrong is one error where it is wrong`(text: String, problem: String) {
        #expect(Sample.problems(text) == [problem])
    }

    @Test(
        arguments: [
            (
                [0x61, 0x3A, 0x20, 0xC3, 0xA4, 0x0A, 0x62, 0xFF],
                "f.yml:2:2: error: the file is not valid UTF-8 (save it as UTF-8)"
            ),
            ([0xFF, 0xFE, 0x61, 0x00], "f.yml:1:1: error: the file is not valid UTF-8 (it looks like UTF-16)"),
            ([0x61, 0xE2, 0x82], "f.yml:1:2: error: the file is not valid UTF-8 (save it as UTF-8)"),
        ] as [([UInt8], String)]
    )
    func `that is not UTF-8 is refused`(bytes: [UInt8], problem: String) {
        #expect(Configuration.draft(bytes, file: "f.yml").problems.map(\.description) == [problem])
    }

    @Test func `may start with a byte order mark`() throws {
        #expect(try Sample.configuration("\u{FEFF}node: foo").node.id == "foo")
    }

    @Test func `quoted words and tagged values are not null`() throws {
        #expect(try Sample.configuration("node: !!str null").node.id == "null")
        #expect(try Sample.configuration("node: \"~\"").node.id == "~")
    }
}
