import Testing
import Workceptor

@testable import Configuration

@Suite struct `Drop-ins` {
    private func dropIn(_ text: String, file: String = "p.yml") throws(ConfigurationProblems) -> DropIn {
        try DropInReader.read(Array(text.utf8), file: file, host: Sample.machine())
    }

    private func problems(_ text: String) -> [String] {
        do {
            _ = try dropIn(text)
            return []
        } catch {
            return error.problems.map(\.description)
        }
    }

    @Test func `are read in the order of their names, hidden and other files aside`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write("plugin: b", to: "20-b.yml")
            try directory.write("plugin: a", to: "10-a.yaml")
            try directory.write("plugin: c\nx: 1", to: "30-c.yml")
            try directory.write("plugin: [", to: ".hidden.yml")
            try directory.write("plugin: [", to: "README")
            try directory.makeDirectory("40-d.yml")
            let results = Configuration.loadDropIns(directory: directory.path)
            #expect(results.compactMap { try? $0.get().plugin } == ["a", "b"])
            #expect(
                results.compactMap { result -> String? in
                    guard case .failure(let problems) = result else { return nil }
                    return "\(problems)"
                } == [
                    "\(directory.path)/30-c.yml:2:1: error: unknown key 'x' in the drop-in",
                    "error: cannot read '\(directory.path)/40-d.yml': it is not a regular file",
                ]
            )
        }
    }

    @Test func `of a directory that cannot be read are one failure`() {
        let results = Configuration.loadDropIns(directory: "/dev/null")
        #expect(
            results == [
                .failure(ConfigurationProblems([ConfigurationProblem("cannot read '/dev/null': Not a directory")]))
            ]
        )
    }

    @Test func `name their plugin, its defaults and work types`() throws {
        let echo = try dropIn(
            """
            Plugin: echo
            defaults: {command: a, Params: b}
            work-commands:
              - worktype: one
              - {worktype: two, plugin: other, verify-signature: no}
            """
        )
        #expect(echo.plugin == "echo" && echo.defaults.keys == ["command", "params"])
        #expect(echo.workCommands.map(\.worktype) == ["one", "two"])
        #expect(echo.workCommands.map(\.plugin) == ["echo", "other"])
        #expect(try dropIn("plugin: echo\nwork-command: {worktype: x}").workCommands.map(\.worktype) == ["x"])
    }

    @Test(arguments: [
        ("", ["p.yml:1:1: error: missing key 'plugin' in the drop-in"]),
        ("- plugin: x", ["p.yml:1:1: error: the drop-in must be a map of keys, not a list"]),
        (
            "plugin: {",
            ["p.yml:1:10: error: YAML: did not find expected node content (while parsing a flow node from line 1)"]
        ),
        (
            "plugn: x\nwork-commands: [{worktype: remote}]\ndefaults: {worktype: a}",
            [
                "p.yml:1:1: error: missing key 'plugin' in the drop-in",
                "p.yml:1:1: error: unknown key 'plugn' in the drop-in (did you mean 'plugin'?)",
                "p.yml:2:28: error: worktype in work-commands must not be 'remote', which is built in (choose another name)",
                "p.yml:3:12: error: 'worktype' cannot have a default (set it in the entries of work-commands)",
            ]
        ),
        (
            "work-commands: []\nplugin: x\nwork-command: {worktype: a}",
            [
                "p.yml:3:1: error: duplicate key 'work-command' in the drop-in (the first is in line 1, as 'work-commands')"
            ]
        ),
    ])
    func `that are wrong are refused with positions`(text: String, expected: [String]) {
        #expect(problems(text) == expected)
    }

    @Test func `lay their defaults under the entries of their plugin`() throws {
        let file = try Sample.configuration(
            """
            work-commands:
              - {worktype: a, command: own}
              - {worktype: b, plugin: other, command: own}
            """
        )
        let draft = file.merging([
            try dropIn("plugin: command\ndefaults: {Command: first, params: first}"),
            try dropIn("plugin: command\ndefaults: {params: second}\nwork-commands: [{worktype: c}]"),
        ])
        let commands = try draft.checked().workCommands
        #expect(commands.map(\.worktype) == ["a", "b", "c"])
        let settings = try commands.map { try $0.settings.settings(CommandSettings.self) }
        #expect(settings.map(\.command) == ["own", "own", "first"])
        #expect(settings.map(\.params) == ["second", nil, "second"])
    }

    @Test func `report wrong defaults in their own file`() throws {
        let file = try Sample.configuration("work-commands: [{worktype: a, command: x}]")
        let merged = file.merging([try dropIn("plugin: command\ndefaults:\n  parms: x")]).configuration
        #expect(
            throws: ConfigurationProblems([
                ConfigurationProblem(
                    "unknown key 'parms' in work-commands",
                    at: Sample.position(3, 3, in: "p.yml"),
                    hint: "did you mean 'params'?"
                )
            ])
        ) { try merged.workCommands[0].settings.settings(CommandSettings.self) }
    }

    @Test func `that clash or cannot be verified are left out and reported`() throws {
        let file = try Sample.configuration("work-commands: [{worktype: a}]")
        let draft = file.merging([
            try dropIn(
                """
                plugin: echo
                work-commands:
                  - worktype: a
                  - {worktype: b, verifysignature: true}
                  - worktype: c
                """
            )
        ])
        #expect(draft.configuration.workCommands.map(\.worktype) == ["a", "c"])
        #expect(
            draft.problems.map(\.description) == [
                "p.yml:3:5: error: the work type 'a' is defined twice (the first is at f.yml:1:17)",
                "p.yml:4:5: error: the work type 'b' has verifysignature, but there is no work-verification (add work-verification with the publickey of those who sign)",
            ]
        )
    }
}
