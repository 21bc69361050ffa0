import ControlClient
import JSON
import Testing

@testable import workceptorctl

@Suite struct `What is shown to people` {
    @Test(arguments: [
        (Int64(0), "0 B"), (1023, "1023 B"), (1024, "1.0 KiB"), (1536, "1.5 KiB"), (10_188, "9.9 KiB"),
        (10_240, "10 KiB"), (1_048_064, "1.0 MiB"), (1_048_575, "1.0 MiB"), (297_795_584, "284 MiB"),
        (Int64.max, "8.0 EiB"),
    ])
    func `has sizes with the digits that matter`(bytes: Int64, text: String) {
        #expect(ByteCount(bytes).description == text)
    }

    @Test(arguments: [
        (Int64(-5), "0s"), (0, "0s"), (59, "59s"), (60, "1m"), (192, "3m12s"), (1500, "25m"), (7800, "2h10m"),
        (36_000, "10h"), (273_600, "3d4h"), (3_456_000, "40d"),
    ])
    func `has ages with the units that matter`(seconds: Int64, text: String) {
        #expect(Age(seconds: seconds).description == text)
    }

    @Test func `has tables with aligned columns, the last cut to the terminal`() {
        var table = Table(columns: [
            .init(title: "UNIT"), .init(title: "SIZE", alignment: .right), .init(title: "DETAIL"),
        ])
        table.rows = [["a", "10 B", "exit status 0"], ["long-unit", "1.5 KiB", "Running: PID 1700818"]]
        #expect(
            table.lines(width: 32) == [
                "UNIT          SIZE  DETAIL",
                "a             10 B  exit status…",
                "long-unit  1.5 KiB  Running: PI…",
            ]
        )
        #expect(table.lines().last == "long-unit  1.5 KiB  Running: PID 1700818")
    }

    @Test func `is coloured without moving the columns`() {
        var table = Table(columns: [.init(title: "A"), .init(title: "B")])
        table.rows = [[.init("x", .red), "y"], ["long", "z"]]
        #expect(table.lines(usesColour: true)[1] == "\u{1B}[31mx\u{1B}[0m     y")
    }

    @Test func `cannot move the cursor`() {
        #expect("a\u{1B}[2Jb\nc\u{9B}".withoutControlCharacters == "a\u{FFFD}[2Jb c\u{FFFD}")
        #expect(Table.Cell("\u{1B}]0;title\u{07}").text == "\u{FFFD}]0;title\u{FFFD}")
    }

    @Test func `has units with their node, the unit there, and age where these are known`() throws {
        let local = try ListedUnit(
            unitID: "a",
            [
                "State": 1, "WorkType": "cat", "StdoutSize": 5, "Detail": "Running: PID 1",
                "Created": "1970-01-01T00:00:10Z",
            ]
        )
        let remote = try ListedUnit(
            unitID: "b",
            [
                "State": 2, "WorkType": "remote", "Detail": "exit status 0",
                "ExtraData": ["RemoteNode": "bar", "RemoteWorkType": "ls", "RemoteUnitID": "r1"],
            ]
        )
        let waiting = try ListedUnit(
            unitID: "c",
            [
                "State": 0, "WorkType": "remote", "Detail": "Unit Created",
                "ExtraData": ["RemoteNode": "bar", "RemoteWorkType": "ls", "RemoteUnitID": ""],
            ]
        )
        #expect(
            UnitTable(units: [local, remote, waiting], now: 70).table.lines() == [
                "UNIT  STATE      TYPE  NODE  REMOTE UNIT  SIZE  AGE  DETAIL",
                "a     Running    cat   -     -             5 B   1m  Running: PID 1",
                "b     Succeeded  ls    bar   r1            0 B    -  exit status 0",
                "c     Pending    ls    bar   -             0 B    -  Unit Created",
            ]
        )
    }

    @Test func `has what is pending for a unit of another node`() throws {
        func report(_ state: Int64, isCancelled: Bool, isReleased: Bool) throws -> [String] {
            let json: JSONValue = [
                "State": .integer(state), "Detail": "x", "StdoutSize": 0, "WorkType": "remote",
                "ExtraData": [
                    "RemoteNode": "bar", "LocalCancelled": .bool(isCancelled), "LocalReleased": .bool(isReleased),
                ],
            ]
            return UnitReport(unit: try ListedUnit(unitID: "u1", json), now: 70).lines(usesColour: false)
                .filter { $0.contains("pending") }
        }
        let cancel = "Cancel:      pending: it ends when node bar has ended it"
        let release = "Release:     pending: it is deleted when node bar has ended and deleted it"
        #expect(try report(1, isCancelled: true, isReleased: false) == [cancel])
        #expect(try report(4, isCancelled: true, isReleased: false) == [])
        #expect(try report(4, isCancelled: true, isReleased: true) == [release])
    }

    @Test func `has one unit in full`() throws {
        let json: JSONValue = [
            "State": 2, "StateName": "Succeeded", "Detail": "exit status 0", "StdoutSize": 1536, "WorkType": "remote",
            "ExtraData": ["RemoteNode": "bar", "RemoteWorkType": "ls", "RemoteUnitID": "r1"],
            "Created": "1970-01-01T00:00:10Z",
        ]
        let report = UnitReport(unit: try ListedUnit(unitID: "u1", json), now: 70)
        #expect(
            report.lines(usesColour: false) == [
                "Unit:        u1", "State:       Succeeded", "Detail:      exit status 0", "Work type:   remote",
                "Remote node: bar", "Remote type: ls", "Remote unit: r1", "Output:      1.5 KiB (1536 bytes)",
                "Created:     1970-01-01T00:00:10Z (1m ago)",
            ]
        )
    }

    @Test func `has plugins with their settings and work types`() {
        let report = PluginsReport([
            "Plugins": [
                [
                    "Name": "command", "Summary": "Runs executables",
                    "Settings": [
                        ["Name": "command", "Summary": "The executable", "Default": nil, "Required": true],
                        ["Name": "params", "Summary": "Arguments", "Default": "", "Required": false],
                        ["Name": "grace", "Summary": "Seconds", "Default": 5, "Required": false],
                    ],
                ]
            ],
            "WorkTypes": [
                [
                    "WorkType": "cat", "Plugin": "command", "AllowRuntimeParams": true, "VerifySignature": false,
                    "Source": "/etc/w.yml:12",
                ]
            ],
        ])
        #expect(
            report.lines(width: nil, usesColour: false) == [
                "command  Runs executables",
                "  SETTING  DEFAULT   MEANING",
                "  command  required  The executable",
                "  params   \"\"        Arguments",
                "  grace    5         Seconds",
                "",
                "WORK TYPE  PLUGIN   RUNTIME PARAMS  SIGNED  SOURCE",
                "cat        command  yes             no      /etc/w.yml:12",
            ]
        )
    }
}
