import JSON
import LinuxSystem
import Testing
import Workceptor

@testable import RemotePlugin

@Suite struct `A connection that breaks` {
    @Test func `before the unit is known there leads to another unit`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.faults = [.beforeID, .beforeID] }
            let (unit, _) = try await bench.submit("once")
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test(arguments: [true, false])
    func `under the payload leads to another unit, and the first one goes`(isNoticed: Bool) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.faults = [.afterID(isNoticed: isNoticed)] }
            let payload = String(repeating: "0123456789", count: 20_000)
            let (unit, _) = try await bench.submit(payload)
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == [payload])
            #expect(bench.node.with { Array($0.units.keys) } == ["unit0002"])
            #expect(try bench.stdout(of: unit) == payload)
        }
    }

    @Test func `after the payload, which was not taken, leads to another unit`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.faults = [.beforeStart] }
            let (unit, _) = try await bench.submit("once")
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test(arguments: [UnitState.running, .succeeded, .failed])
    func `before the answer never starts the work twice`(state: UnitState) async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.faults = [.beforeReply]
                node.onStart = { unit in
                    unit.state = state
                    unit.detail = "detail"
                    unit.stdout = [0x61]
                }
            }
            let (unit, _) = try await bench.submit("once")
            if state == .running {
                await unit.status { $0.state == .running }
                bench.node.withUnit { $0.state = .succeeded }
            }
            let status = await bench.end(of: unit)
            #expect(status.state == (state == .running ? .succeeded : state) && status.detail == "detail")
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test func `and a unit that is gone afterwards is not started again`() async throws {
        try await Bench.with { bench in
            bench.mesh.node.with { $0.faults = [.beforeReply] }
            bench.node.with { $0.refusals["status"] = "unknown work unit unit0001" }
            let (unit, _) = try await bench.submit("once")
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail == "Remote work unit is gone")
            #expect(bench.node.with { $0.startedPayloads } == ["once"])
        }
    }

    @Test func `under the results goes on at the right byte`() async throws {
        try await Bench.with { bench in
            let output = (0..<5_000).map { "line \($0)\n" }.joined()
            bench.node.with { node in
                node.outputBreaks = [1, 10, 100, 1_000, 10_000]
                node.onStart = { $0.stdout = Array(output.utf8.prefix(1_000)) }
            }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running }
            bench.node.withUnit { unit in
                unit.stdout = Array(output.utf8)
                unit.state = .failed
                unit.detail = "exit status 3"
            }
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail == "exit status 3")
            #expect(try bench.stdout(of: unit) == output)
            #expect(bench.node.with { $0.outputBreaks.isEmpty })
        }
    }

    @Test func `for long is lived through`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array("first ".utf8) } }
            let (unit, _) = try await bench.submit()
            await unit.status { $0.state == .running && $0.detail == "Running: PID 7" }
            bench.mesh.setRoute(false)
            bench.node.withUnit { unit in
                unit.stdout += Array("second".utf8)
                unit.state = .succeeded
            }
            bench.mesh.setRoute(true)
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == "first second")
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct `Output that a unit has written anew` {
    private func text(_ character: Character, _ count: Int) -> String { String(repeating: character, count: count) }

    @Test(arguments: [(10, true), (20, true), (20, false), (5_000, true), (200_000, false)])
    func `while the node was out of reach is copied again`(size: Int, isOver: Bool) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array(repeating: UInt8(ascii: "A"), count: size / 2) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count >= size / 2 }
            bench.mesh.setRoute(false)
            bench.node.withUnit { unit in
                unit.stdout = Array(repeating: UInt8(ascii: "B"), count: size)
                if isOver { unit.state = .succeeded }
            }
            bench.mesh.setRoute(true)
            if !isOver {
                try await bench.untilStdout(of: unit) { $0 == text("B", size) }
                bench.node.withUnit { $0.state = .succeeded }
            }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == text("B", size))
        }
    }

    @Test(arguments: [10, 2_000_000], [10, 4_000])
    func `right before its end is found there, however much it is`(size: Int, left: Int) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array(repeating: UInt8(ascii: "A"), count: size) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count == size }
            bench.node.withUnit { unit in
                (unit.stdout, unit.state) = (Array(repeating: UInt8(ascii: "B"), count: min(size, left)), .succeeded)
            }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == text("B", min(size, left)))
        }
    }

    @Test(arguments: [UnitState.succeeded, .failed, .canceled])
    func `as its own beginning is as short here`(state: UnitState) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { $0.stdout = Array("a beginning, and more".utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count == 21 }
            bench.node.withUnit { ($0.stdout, $0.state) = (Array("a beginning".utf8), state) }
            let status = await bench.end(of: unit)
            #expect(status.state == state && status.stdoutSize == 11)
        }
    }

    @Test func `while the node was down is found at the unit's end`() async throws {
        try await Bench.with { bench in
            let end = text("y", 5_000)
            bench.node.with { [end = text("A", 10_000) + end] in $0.onStart = { $0.stdout = Array(end.utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count == 15_000 }
            let later = try await bench.restarted()
            let anew = text("B", 10_000) + end
            bench.node.withUnit { $0.stdout = Array(anew.utf8) }
            bench.node.withUnit { $0.state = .succeeded }
            let sameUnit = try later.unit(unit)
            #expect(await later.end(of: sameUnit).state == .succeeded)
            #expect(try later.stdout(of: sameUnit) == anew)
        }
    }

    @Test func `again and again is given up, and the unit says why`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.fingerprint = text("0", 32) }
            let (unit, _) = try await bench.submit("payload")
            let status = await bench.end(of: unit)
            #expect(status.state == .failed)
            #expect(status.detail == "exit status 0 (the remote node's output goes on changing after the unit's end)")
        }
    }

    @Test func `has the fingerprint that OpenSSL's command computes`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = FakeNode.ending }
            let (unit, _) = try await bench.submit(text("x", 5_000_000))
            #expect(await bench.end(of: unit).state == .succeeded)
            let key = try #require(OutputFingerprint.Key("00112233445566778899aabbccddeeff"))
            // openssl mac -cipher AES-128-GCM -macopt hexkey:… -macopt hexiv:000000000000000000000000 GMAC
            let known: [(Int64, String)] = [
                (5_000_000, "27434e8de1fd33cccdecb4c6cad3c6bb"), (0, "84d4c9c08b4f482861e3a9c6c35bc4d9"),
            ]
            for (count, text) in known {
                #expect(try await unit.outputFingerprint(ofFirst: count, key: key).text == text)
            }
            #expect(OutputFingerprint.Key(key.text) == key)
            for text in ["", "00", String(repeating: "g", count: 32), String(repeating: "0", count: 33)] {
                #expect(OutputFingerprint.Key(text) == nil)
            }
        }
    }

    @Test(arguments: [0, 1_000], [true, false])
    func `and that ends as before is copied again at the unit's end`(
        more: Int,
        givesFingerprints: Bool
    ) async throws {
        try await Bench.with { bench in
            bench.node.with { $0.givesFingerprints = givesFingerprints }
            let end = text("y", 5_000)
            bench.node.with { [end = text("A", 10_000) + end] in
                $0.onStart = { $0.stdout = Array(end.utf8) }
            }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count >= 15_000 }
            let asked = bench.node.subcommands.count
            bench.node.withUnit { $0.stdout = [] }
            await bench.node.until { node in
                let since = node.commands.dropFirst(asked).compactMap { $0["subcommand"]?.string }
                // The first of them may have been asked before the stream had ended.
                return since.drop { $0 != "results" }.count { $0 == "status" } >= 2
            }
            let anew = text("B", 10_000) + end + text("z", more)
            bench.node.withUnit { unit in
                unit.stdout = Array(anew.utf8)
                unit.state = .succeeded
            }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == anew)
        }
    }

    @Test func `is found however often the link is cut under the comparison`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.givesFingerprints = false }
            bench.node.with { [long = text("A", 100_000)] in $0.onStart = { $0.stdout = Array(long.utf8) } }
            let (unit, _) = try await bench.submit()
            try await bench.untilStdout(of: unit) { $0.count >= 100_000 }
            let anew = text("A", 50_000) + "BBBB"
            bench.node.with { node in
                node.outputBreaks = Array(repeating: 4_000, count: 12)
                for id in node.units.keys {
                    node.units[id]?.stdout = Array(anew.utf8)
                    node.units[id]?.state = .succeeded
                }
            }
            #expect(await bench.end(of: unit).state == .succeeded)
            #expect(try bench.stdout(of: unit) == anew)
            #expect(bench.node.with { $0.outputBreaks.isEmpty })
        }
    }
}

@Suite struct `A unit that is followed` {
    @Test func `is gone when the other node does not know it`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit()
            bench.node.with { $0.units = [:] }
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail == "Remote work unit is gone")
            #expect(status.extraData["RemoteUnitID"] == "unit0001")
        }
    }

    @Test func `ends though its output stream never does, as Receptor's`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.isReceptor = true
                node.onStart = { unit in
                    unit.stdout = Array("part".utf8)
                    unit.state = .canceled
                    unit.detail = "Canceled"
                }
            }
            let (unit, _) = try await bench.submit()
            #expect(await bench.end(of: unit).state == .canceled)
            #expect(try bench.stdout(of: unit) == "part")
        }
    }

    @Test func `fails when the other node has lost a part of its output`() async throws {
        try await Bench.with { bench in
            bench.node.with { node in
                node.onStart = { unit in
                    unit.stdout = Array("part".utf8)
                    unit.claimedSize = 10
                    unit.state = .succeeded
                    unit.detail = "exit status 0"
                }
            }
            let (unit, _) = try await bench.submit()
            let status = await bench.end(of: unit)
            #expect(status.state == .failed && status.detail.contains("4 of 10 bytes"))
        }
    }

    @Test func `shares a few streams for its questions with the others`() async throws {
        var timings = Bench.quick
        timings.idle = .seconds(600)
        try await Bench.with(timings: timings) { bench in
            bench.node.with { $0.onStart = { _ in } }
            var units: [WorkUnit] = []
            for number in 0..<50 { units.append(try await bench.submit("\(number)").unit) }
            for unit in units { await unit.status { $0.state == .running } }
            // One for the output of each; some for questions, and some ahead.
            let (questions, opened) = (bench.node.with { $0.commands.count }, bench.mesh.openedCount)
            await bench.node.until { $0.commands.count > questions + 400 }
            #expect(bench.mesh.openCount <= 50 + 16 + 16)
            #expect(bench.mesh.openedCount <= opened + 50)
            bench.node.withUnit { $0.state = .succeeded }
            for unit in units { #expect(await bench.end(of: unit).state == .succeeded) }
            await bench.mesh.until { bench.mesh.openCount <= 16 }
        }
    }
}
