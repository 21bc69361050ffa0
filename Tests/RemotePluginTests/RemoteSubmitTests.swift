import JSON
import LinuxSystem
import Testing
import Workceptor

@testable import RemotePlugin

@Suite struct `A request for work on another node` {
    @Test(arguments: [
        (Bench.request(parameters: ["secret_token": "x"]), "cannot send secrets over a non-TLS connection"),
        (Bench.request(parameters: ["Secret_token": "x"]), "cannot send secrets over a non-TLS connection"),
        (Bench.request(ttl: "soon"), "field ttl must be a positive duration, such as 1h30m, 1.5h, 30m10s or 300ms"),
        (Bench.request(ttl: "-1s"), "field ttl must be a positive duration, such as 1h30m, 1.5h, 30m10s or 300ms"),
        (Bench.request(ttl: "0"), "field ttl must be a positive duration, such as 1h30m, 1.5h, 30m10s or 300ms"),
        (Bench.request(ttl: "2562048h"), "field ttl must be a positive duration, such as 1h30m, 1.5h, 30m10s or 300ms"),
        (Bench.request(node: ""), "field node is empty: name the node that is to do the work"),
        (
            Bench.request(node: String(repeating: "n", count: 256)),
            "field node is longer than the 255 bytes that a node's name may have"
        ),
        (
            Bench.request(node: " "),
            "field node has blanks around it, line breaks or control characters, which no node's name has"
        ),
        (
            Bench.request(node: "b\u{0}ar"),
            "field node has blanks around it, line breaks or control characters, which no node's name has"
        ),
        (
            Bench.request(signsWork: true),
            "this node has no work-signing key: add work-signing to its configuration, or submit without signwork"
        ),
    ])
    func `that is refused leaves nothing behind`(request: SubmitRequest, reason: String) async throws {
        try await Bench.with { bench in
            await #expect { try await bench.admit(request) } throws: { "\($0)" == reason }
            #expect(bench.workceptor.units.isEmpty)
            let names = try Files.names(in: "\(bench.directory)/foo")
            #expect(names == [])
            #expect(bench.mesh.attempts == 0)
        }
    }

    @Test func `makes a unit with all its ExtraData before the payload is there`() async throws {
        try await Bench.with { bench in
            let intake = try await bench.admit(Bench.request(parameters: ["params": "x", "a": "y"]))
            let line = String(decoding: try bench.onDisk(intake.unit).fileContent, as: UTF8.self)
            #expect(
                line
                    == #"{"State":0,"Detail":"Waiting for Input Data","StdoutSize":0,"WorkType":"remote","ExtraData":{"RemoteNode":"bar","RemoteWorkType":"echo","RemoteParams":{"a":"y","params":"x"},"RemoteUnitID":"","RemoteStarted":false,"LocalCancelled":false,"LocalReleased":false,"SignWork":false,"TLSClient":"","Expiration":"0001-01-01T00:00:00Z"}}"#
                    + "\n"
            )
            await intake.abandon("The client disconnected before its payload was complete")
            let status = try bench.onDisk(intake.unit)
            #expect(status.state == .failed && status.extraData["RemoteNode"] == "bar")
            #expect(bench.mesh.attempts == 0)
        }
    }

    @Test func `never shows secret parameters, and keeps them for the other node`() async throws {
        try await Bench.with { bench in
            let request = Bench.request(parameters: ["secret_a": "hidden", "b": "shown"], tlsClient: "tls")
            let (unit, _) = try await bench.submit("p", request)
            _ = await bench.end(of: unit)
            let shown = bench.workceptor.shownStatus(of: unit).reply
            #expect(!JSONValue.object(shown).serialized.contains("hidden"))
            #expect(shown["ExtraData"]?["RemoteParams"] == ["b": "shown"])
            #expect(try bench.onDisk(unit).extraData["RemoteParams"]?["secret_a"] == "hidden")
            #expect(bench.node.with { $0.units.values.first?.parameters } == ["secret_a": "hidden", "b": "shown"])
            #expect(bench.node.with { $0.commands.first?["tlsclient"] } == "tls")
        }
    }

    @Test func `is carried out there, and its results are here`() async throws {
        // No look at the state happens by the clock.
        var timings = Bench.quick
        timings.firstPoll = .seconds(600)
        try await Bench.with(timings: timings) { bench in
            let (unit, result) = try await bench.submit("hello\n", Bench.request(ttl: "10h"))
            #expect(result == .started)
            let status = await bench.end(of: unit)
            #expect(status.state == .succeeded && status.detail == "exit status 0" && status.stdoutSize == 6)
            #expect(try bench.stdout(of: unit) == "hello\n")
            #expect(try bench.onDisk(unit) == status)
            #expect(status.extraData["RemoteUnitID"] == "unit0001" && status.extraData["RemoteStarted"] == true)
            #expect(status.extraData["Expiration"] != "0001-01-01T00:00:00Z")
            #expect(bench.node.with { $0.commands.first?["ttl"] } == nil)
        }
    }

    @Test func `with an empty payload and no results ends as well`() async throws {
        try await Bench.with { bench in
            let (unit, _) = try await bench.submit("")
            let status = await bench.end(of: unit)
            #expect(status.state == .succeeded && status.stdoutSize == 0)
        }
    }

    @Test func `that the other node refuses fails with its words`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.refusals["submit"] = "unknown work type echo" }
            await #expect { try await bench.submit() } throws: { "\($0)" == "unknown work type echo" }
            let status = try #require(bench.workceptor.units.first).status
            #expect(status.state == .failed && status.detail == "unknown work type echo")
            #expect(status.extraData["RemoteWorkType"] == "echo")
        }
    }

    @Test func `with long parameters is admitted up to a bound, and after a release again`() async throws {
        try await Bench.with { bench in
            let long = Bench.request(parameters: ["a": String(repeating: "x", count: 11 << 20)])
            let units = [try await bench.admit(long), try await bench.admit(long)].map(\.unit)
            _ = try await (bench.admit(long), bench.admit(long))
            await #expect { try await bench.admit(long) } throws: { "\($0)".contains("too many long parameters") }
            _ = try await bench.admit(Bench.request(parameters: ["a": "short"]))
            _ = try await bench.workceptor.release(units[0], isForced: true)
            _ = try await bench.admit(long)
            await #expect(throws: WorkError.self) { try await bench.admit(long) }
        }
    }

    @Test func `keeps little of what the other node says instead of starting it, however long that is`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.replyLine = "ERROR: " + String(repeating: "x", count: 1_000_000) }
            await #expect { try await bench.submit() } throws: { "\($0)".utf8.count <= 4_096 }
            let status = try #require(bench.workceptor.units.first).status
            #expect(status.state == .failed && status.detail.utf8.count <= 4_096)
        }
    }

    @Test func `that the other node could not pass on either counts as started`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.reply = "Job Submitted" }
            let result = try await bench.submit().result
            #expect(result == .started)
        }
    }

    @Test func `is answered at once when there is no route, and carried out when there is one`() async throws {
        var timings = Bench.quick
        timings.firstDelay = .seconds(600)
        timings.longestDelay = .seconds(600)
        try await Bench.with(hasRoute: false, timings: timings) { bench in
            let (unit, result) = try await bench.submit()
            #expect(result == .submitted && unit.status.state == .pending)
            #expect(unit.status.detail == "Waiting for node bar: no route to node")
            bench.mesh.setRoute(true)
            #expect(await bench.end(of: unit).state == .succeeded)
        }
    }

    @Test func `waits while another node answers`() async throws {
        try await Bench.with { bench in
            bench.node.with { $0.greeting = "Receptor Control, node impostor" }
            let (unit, result) = try await bench.submit()
            #expect(result == .submitted && unit.status.detail.contains("answered as node impostor"))
            bench.node.with { $0.greeting = "Receptor Control, node bar" }
            #expect(await bench.end(of: unit).state == .succeeded)
        }
    }

    @Test func `waits while nobody answers`() async throws {
        var timings = Bench.quick
        timings.greeting = .milliseconds(50)
        try await Bench.with(timings: timings) { bench in
            bench.mesh.beSilent(true)
            let (unit, result) = try await bench.submit()
            #expect(result == .submitted)
            let attempts = bench.mesh.attempts
            await bench.mesh.until { bench.mesh.attempts > attempts + 2 }
            #expect(unit.status.state == .pending && bench.mesh.openCount <= 1)
        }
    }

    @Test func `fails when TLS refuses the other node`() async throws {
        try await Bench.with { bench in
            bench.mesh.fail(WorkMeshError(.security, "certificate has expired"))
            await #expect { try await bench.submit() } throws: {
                "\($0)" == "TLS error connecting to remote service: certificate has expired"
            }
        }
    }

    @Test func `ends when it has not started in time`() async throws {
        try await Bench.with(hasRoute: false) { bench in
            // On a machine under load the client may hear of the end instead of "submitted".
            _ = try? await bench.submit("p", Bench.request(ttl: "50ms"))
            let status = await bench.end(of: try #require(bench.workceptor.units.first))
            #expect(status.state == .failed && status.detail.hasPrefix("Work unit expired on 2"))
        }
    }

    @Test func `is signed where that is asked for`() async throws {
        try await Bench.with(signer: Bench.Signer()) { bench in
            bench.node.with { $0.onStart = { _ in } }
            let (unit, _) = try await bench.submit("p", Bench.request(signsWork: true))
            #expect(try await bench.workceptor.cancel(unit) == .done)
            #expect(try await bench.workceptor.release(unit) == .done)
            for command in bench.node.with({ $0.commands }) {
                let isSigned = command["subcommand"] != "status"
                #expect(command["signature"] == (isSigned ? "token for bar" : nil))
            }
            #expect(Set(bench.node.subcommands) == ["submit", "results", "status", "cancel", "release"])
        }
    }
}
