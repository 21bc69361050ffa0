import Foundation
import TestSupport
import Testing

/// Clients that do to units whatever comes to their minds, all at once.
@Suite("A storm of commands", .blocking)
struct StormTests {
    private static let seconds: Double = CrashTests.isFull ? 60 : 2
    private static let rounds = CrashTests.isFull ? 6 : 2

    private static let work = """
        - worktype: cat
          command: cat
        - worktype: short
          command: bash
          params: -c "echo a; sleep 0.0$((RANDOM % 9)); echo b"
        - worktype: long
          command: bash
          params: -c "sleep 1000 & sleep 1000"
          gracetime: 4s
        - worktype: failing
          command: "false"
        - worktype: missing
          command: nosuchprogram
        - worktype: probe
          plugin: echo
          delay: 20ms
        """

    @Test("Every unit ends in one final state or is gone, and nothing is left running", arguments: 0..<rounds)
    func storm(round: Int) throws {
        try Node.with(work: Self.work) { node in
            let client = node.client
            let units = Locked<[String]>([])
            let problems = Locked<[String]>([])
            let seen = Locked<[String: String]>([:])
            let actions = concurrently(6) { number -> Int in
                let deadline = Deadline(in: Self.seconds)
                var generator = SeededGenerator(seed: UInt64(round * 100 + number))
                var count = 0
                while !deadline.isPast {
                    do {
                        try Self.act(client, units, seen, problems, using: &generator)
                        count += 1
                    } catch { problems.update { $0.append("\(error)") } }
                }
                return count
            }
            #expect(problems.value == [])
            #expect(actions.reduce(0, +) > 50)
            // What is over stays as it is; what still runs is ended.
            for (unit, status) in try node.client.list() {
                if status.isComplete { continue }
                let answer = try client.cancel(unit)
                #expect(answer == "{\"cancelled\":\"\(unit)\"}\n")
            }
            for (unit, status) in try node.client.list() {
                #expect(status.isComplete, "\(unit): \(status)")
                #expect(try Int64(client.results(unit).count) == status.StdoutSize)
            }
            #expect(settles { node.workProcesses() == [] })
            let listed = try node.client.list()
            #expect(listed.keys.sorted() == (try node.unitsOnDisk()))
            try node.killAndRestart()
            let again = try node.client.list()
            #expect(again == listed)
        }
    }

    private static func act(
        _ client: Client,
        _ units: Locked<[String]>,
        _ seen: Locked<[String: String]>,
        _ problems: Locked<[String]>,
        using generator: inout SeededGenerator
    ) throws {
        let unit = units.value.randomElement(using: &generator)
        switch (Int.random(in: 0..<12, using: &generator), unit) {
        case (0...4, _), (_, nil):
            try submit(client, units, using: &generator)
        case (5, let unit?):
            try expect(try client.cancel(unit), anyOf: ["{\"cancelled\":\"\(unit)\"}\n"], unit)
        case (6, let unit?):
            units.update { $0.removeAll { $0 == unit } }
            try expect(try client.release(unit), anyOf: ["{\"released\":\"\(unit)\"}\n"], unit)
        case (7, let unit?):
            let connection = try client.connect()
            try connection.send("work results \(unit)\n")
            let line = try connection.line()
            if line != "ERROR: unknown work unit \(unit)\n", !line.hasPrefix("Streaming"),
                !line.contains("cannot read the results")
            {
                throw Unexpected("results: \(line)")
            }
            if Bool.random(using: &generator) { connection.close() }
        case (8, _):
            _ = try client.list()
        case (9, let unit?):
            // Half a payload.
            _ = unit
            let (connection, abandoned) = try client.beginSubmit("cat")
            try connection.send("half")
            if Bool.random(using: &generator) { units.update { $0.append(abandoned) } }
            connection.close()
        default:
            guard let unit else { return }
            let line = try client.command("work status \(unit)")
            guard line.hasPrefix("{") else { return try expect(line, anyOf: [], unit) }
            let status = try JSONDecoder().decode(ShownStatus.self, from: Data(line.utf8))
            guard status.isComplete else { return }
            // A final state is final.
            let before = seen.update { seen in
                defer { seen[unit] = seen[unit] ?? status.StateName }
                return seen[unit]
            }
            if let before, before != status.StateName {
                throw Unexpected("\(unit) was \(before) and is \(status.StateName)")
            }
        }
    }

    private static func submit(
        _ client: Client,
        _ units: Locked<[String]>,
        using generator: inout SeededGenerator
    ) throws {
        let type =
            ["cat", "short", "short", "long", "failing", "missing", "probe"].randomElement(using: &generator) ?? "cat"
        let (connection, unit) = try client.beginSubmit(type)
        // Known to the others before it has started.
        units.update { $0.append(unit) }
        try connection.send([UInt8](repeating: 0x61, count: Int.random(in: 0...5_000, using: &generator)))
        connection.halfClose()
        let line = try connection.line()
        let isRefused =
            line.hasPrefix("ERROR: ") && (type == "missing" || line.contains("already") || line.contains("cancel"))
        if line != "{\"result\":\"Job Started\",\"unitid\":\"\(unit)\"}\n", !isRefused {
            throw Unexpected("submit \(type): \(line)")
        }
    }

    private static func expect(_ line: String, anyOf lines: [String], _ unit: String) throws {
        guard lines.contains(line) || line == "ERROR: unknown work unit \(unit)\n" else { throw Unexpected(line) }
    }
}
