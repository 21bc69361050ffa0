import Testing
import Workceptor

@testable import Configuration

@Suite struct `Settings of a plugin` {
    struct Everything: WorkTypeSettings, Equatable {
        struct Nested: Decodable, Equatable {
            var maxSize: UInt8
            var ratio: Double?
        }

        enum Mode: String, Decodable {
            case fast
            case slow
        }

        static let keys = [
            SettingKey("name", "a name", default: nil), SettingKey("grace", "a time", default: "none"),
            SettingKey("env", "variables", default: "none"), SettingKey("args", "arguments", default: "none"),
            SettingKey("nested", "more", default: "none"), SettingKey("mode", "how", default: "none"),
            SettingKey("dryrun", "whether", default: "false"), SettingKey("list", "more", default: "none"),
        ]

        var name: String
        var grace: Duration?
        var env: [String: String]?
        var args: [String]?
        var nested: Nested?
        var mode: Mode?
        var dryRun: Bool?
        var list: [Nested]?
    }

    /// Settings whose own check fails.
    struct Choosy: WorkTypeSettings {
        struct Refusal: Error, CustomStringConvertible {
            var description: String { "not today" }
        }

        static let keys = [
            SettingKey("reason", "why", default: "none"), SettingKey("count", "how often", default: "1"),
        ]

        private enum CodingKeys: CodingKey {
            case reason
            case count
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            switch try container.decodeIfPresent(String.self, forKey: .reason) {
            case "own": throw Refusal()
            case "problem": throw ConfigurationProblem("no good", hint: "try again")
            case "corrupted":
                throw DecodingError.dataCorruptedError(
                    forKey: .count,
                    in: container,
                    debugDescription: "too often"
                )
            default: break
            }
        }
    }

    private func settings<Settings: WorkTypeSettings>(_ text: String, as type: Settings.Type) throws -> Settings {
        let entry = try Sample.configuration("work-commands:\n- worktype: w\n" + text).workCommands[0]
        return try entry.settings.settings(type)
    }

    private func problems(_ text: String, as type: (some WorkTypeSettings).Type = Everything.self) -> [String] {
        do {
            _ = try settings(text, as: type)
            return []
        } catch {
            return (error as? ConfigurationProblems)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    @Test func `of every kind are decoded`() throws {
        let text = """
              Name: 12
              GRACE: 1m30s
              env: {Path: /bin, PATH: yes}
              args: [a, 1, ~x]
              nested: {max-size: 255, Ratio: 1.5}
              mode: slow
              dry-run: "Yes"
              list:
              - {maxsize: 1, ratio: ~}
            """
        #expect(
            try settings(text, as: Everything.self)
                == Everything(
                    name: "12",
                    grace: .seconds(90),
                    env: ["Path": "/bin", "PATH": "yes"],
                    args: ["a", "1", "~x"],
                    nested: .init(maxSize: 255, ratio: 1.5),
                    mode: .slow,
                    dryRun: true,
                    list: [.init(maxSize: 1)]
                )
        )
    }

    @Test func `may give a lone value for a list`() throws {
        #expect(try settings("  name: a\n  args: b", as: Everything.self).args == ["b"])
        #expect(try settings("  name: a\n  args:", as: Everything.self).args == nil)
    }

    @Test func `that are unknown or missing are reported together`() {
        #expect(
            problems("  nam: a\n  verifysignatur: true\n  nested: 7") == [
                "f.yml:2:3: error: missing key 'name' in work-commands (a name)",
                "f.yml:3:3: error: unknown key 'nam' in work-commands (did you mean 'name'?)",
                "f.yml:4:3: error: unknown key 'verifysignatur' in work-commands (did you mean 'verifysignature'?)",
            ]
        )
        #expect(
            problems("  name: a\n  comand: a\n  mode: ~\n  dryrun: 7") == [
                "f.yml:4:3: error: unknown key 'comand' in work-commands",
                "f.yml:6:11: error: dryRun in work-commands must be true or false, not '7'",
            ]
        )
    }

    @Test(arguments: [
        ("  name: []", "3:9: error: name in work-commands must be a text, not a list"),
        (
            "  name: a\n  grace: 5",
            "4:10: error: grace in work-commands must be a duration, not '5' (such as 1h30m, 1.5h, 30m10s or 300ms)"
        ),
        ("  name: a\n  nested: 7", "4:11: error: nested in work-commands must be a map, not '7'"),
        ("  name: a\n  nested: {}", "4:11: error: nested in work-commands: missing key 'maxSize'"),
        (
            "  name: a\n  nested: {maxsize: 256}",
            "4:21: error: nested.maxSize in work-commands must be a whole number from 0 to 255, not '256'"
        ),
        (
            "  name: a\n  nested: {maxsize: 010}",
            "4:21: error: nested.maxSize in work-commands must be a whole number from 0 to 255, not '010'"
        ),
        (
            "  name: a\n  nested: {maxsize: 1, MaxSize: 2}",
            "4:24: error: duplicate key 'MaxSize' in work-commands (the first is in line 4)"
        ),
        (
            "  name: a\n  list: [{maxsize: 1}, {maxsize: x}]",
            "4:34: error: list[1].maxSize in work-commands must be a whole number from 0 to 255, not 'x'"
        ),
        ("  name: a\n  args: {}", "4:9: error: args in work-commands must be a list, not a map"),
        ("  name: a\n  args: [a, []]", "4:13: error: args[1] in work-commands must be a text, not a list"),
        ("  name: a\n  env: {A: 1, A: 2}", "4:15: error: duplicate key 'A' in work-commands (the first is in line 4)"),
    ])
    func `of the wrong kind are reported where they stand`(text: String, problem: String) {
        #expect(problems(text) == ["f.yml:\(problem)"])
    }

    @Test func `of an unknown word are reported where they stand`() {
        let problems = problems("  name: a\n  mode: sideways")
        #expect(problems.count == 1 && problems[0].hasPrefix("f.yml:4:9: error: mode in work-commands: "))
    }

    @Test func `that the plugin itself refuses get a place`() {
        #expect(problems("  reason: own", as: Choosy.self) == ["f.yml:2:3: error: not today"])
        #expect(problems("  reason: problem", as: Choosy.self) == ["f.yml:2:3: error: no good (try again)"])
        #expect(
            problems("  reason: corrupted\n  count: 7", as: Choosy.self)
                == ["f.yml:4:10: error: count in work-commands: too often"]
        )
    }

    @Test func `are not shown when they may be secret`() {
        struct Secrets: WorkTypeSettings {
            static let keys = [
                SettingKey("apitoken", "a number", default: "0"), SettingKey("env", "numbers", default: "none"),
            ]
            var apitoken: Int?
            var env: [String: Int]?
        }
        #expect(
            problems("  api-token: hunter2", as: Secrets.self)
                == [
                    "f.yml:3:14: error: apitoken in work-commands must be a whole number from \(Int.min) to \(Int.max), not this value"
                ]
        )
        #expect(!problems("  env: {A: hunter2}", as: Secrets.self).joined().contains("hunter2"))
    }
}
