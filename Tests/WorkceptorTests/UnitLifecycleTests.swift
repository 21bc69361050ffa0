import JSON
import Testing
@testable import Workceptor

/// A life that can be changed inside an expectation.
private final class Life {
    private(set) var life: UnitLifecycle
    var status: UnitStatus { life.status }

    init(_ life: UnitLifecycle = UnitLifecycle(workType: "t")) { self.life = life }

    func admits(_ event: UnitLifecycle.Event) -> Bool { life.apply(event) }
}

@Suite struct `A unit's life` {
    @Test func `goes from Pending over Running to its end`() {
        let life = Life()
        #expect(life.status.state == .pending)
        #expect(life.admits(.starting))
        #expect(life.admits(.running(detail: "Running: PID 1", extraData: ["Pid": 1])))
        #expect(life.status.state == .running && life.life.hasRun)
        #expect(life.admits(.ended(.succeeded(), stdoutSize: 5)))
        #expect(life.status == UnitStatus(state: .succeeded, detail: "exit status 0", stdoutSize: 5, workType: "t"))
    }

    @Test(arguments: [UnitOutcome.succeeded(), .failed("x"), .canceled()])
    func `stays at its end whatever comes later`(outcome: UnitOutcome) {
        let life = Life()
        #expect(life.admits(.ended(outcome, stdoutSize: 1)))
        let end = life.life
        let later: [UnitLifecycle.Event] = [
            .starting, .running(detail: "d", extraData: nil), .waiting(detail: "d"), .cancelRequested,
            .accepted, .reported(.running, detail: "d"),
            .ended(.succeeded(), stdoutSize: 2), .ended(.failed("y"), stdoutSize: 2),
            .ended(.canceled(), stdoutSize: 2),
        ]
        for event in later { #expect(!life.admits(event)) }
        #expect(life.life == end)
    }

    @Test func `begins once`() {
        let life = Life()
        #expect(life.admits(.starting))
        #expect(!life.admits(.starting))
        let recovered = Life(UnitLifecycle(recovered: life.status))
        #expect(!recovered.admits(.starting))
    }

    @Test func `never goes back to waiting once it runs`() {
        let life = Life()
        #expect(life.admits(.running(detail: "d", extraData: nil)))
        #expect(!life.admits(.waiting(detail: "w")))
    }
}

@Suite struct `The life of a unit of another node` {
    @Test func `keeps its ExtraData to the end, and changes it behind the end`() {
        let life = Life(UnitLifecycle(workType: "remote", extraData: ["a": 1]))
        #expect(life.admits(.starting))
        #expect(life.admits(.running(detail: "d", extraData: nil)) && life.status.extraData == ["a": 1])
        #expect(life.admits(.recorded(extraData: ["a": 2])))
        #expect(life.admits(.ended(.failed("x"), stdoutSize: 1)) && life.status.extraData == ["a": 2])
        #expect(life.admits(.recorded(extraData: ["a": 3])) && !life.admits(.recorded(extraData: ["a": 3])))
        #expect(life.status.state == .failed && life.status.extraData == ["a": 3])
    }

    @Test func `waits, is accepted, and goes forward as is reported`() {
        let life = Life(UnitLifecycle(workType: "remote", extraData: [:]))
        #expect(life.admits(.starting))
        #expect(life.admits(.waiting(detail: "w")) && life.life.isWaiting && !life.life.hasRun)
        #expect(!life.admits(.waiting(detail: "w")))
        #expect(life.admits(.accepted) && !life.life.isWaiting && life.life.hasRun)
        #expect(!life.admits(.accepted))
        #expect(life.admits(.reported(.pending, detail: "p")) && life.status.state == .pending)
        #expect(life.admits(.reported(.running, detail: "r")) && !life.admits(.reported(.running, detail: "r")))
        #expect(!life.admits(.reported(.pending, detail: "p")) && !life.admits(.reported(.succeeded, detail: "s")))
        #expect(life.status.state == .running && life.status.detail == "r")
    }
}

@Suite struct `A unit's status file` {
    @Test(arguments: [
        #"{"State":2,"Detail":"exit status 0","StdoutSize":10,"WorkType":"echoint","ExtraData":null}"#,
        #"{"State":2,"Detail":"exit status 0","StdoutSize":10,"WorkType":"remote","ExtraData":{"RemoteNode":"bar","RemoteWorkType":"echoint","RemoteParams":{},"RemoteUnitID":"TTF1Ho2a","RemoteStarted":true,"LocalCancelled":false,"LocalReleased":false,"SignWork":false,"TLSClient":"","Expiration":"0001-01-01T00:00:00Z"}}"#,
    ])
    func `written by Receptor is written back byte for byte`(line: String) throws {
        let bytes = Array((line + "\n").utf8)
        #expect(try UnitStatus(fileContent: bytes).fileContent == bytes)
    }

    @Test(arguments: ["", "{", "[]", "{}", #"{"State":7}"#, #"{"State":"2"}"#, #"{"State":1e99}"#])
    func `that is damaged is refused`(text: String) {
        #expect(throws: UnitStatusError.self) { try UnitStatus(fileContent: Array(text.utf8)) }
    }
}

@Suite struct `A unit's identifier` {
    @Test(arguments: ["", ".", "..", "a/b", "../x", "a b", "ü", "a\0", String(repeating: "a", count: 65)])
    func `is nothing that could leave the data directory`(text: String) { #expect(UnitID(text) == nil) }

    @Test func `is eight letters and digits when new`() {
        let identifiers = Set((0..<1000).map { _ in UnitID.random().description })
        #expect(identifiers.count == 1000)
        #expect(identifiers.allSatisfy { $0.utf8.count == 8 && UnitID($0) != nil })
    }
}

@Suite struct `A work type's policy` {
    private struct Verifier: SignatureVerifier {
        struct Refused: Error {}
        func verify(token: String) throws { if token != "good" { throw Refused() } }
    }

    private let unix = WorkClient(transport: .unixSocket, name: "u")
    private let tcp = WorkClient(transport: .tcp, name: "t")

    @Test func `refuses parameters unless it allows them`() throws {
        #expect { try WorkPolicy().checkParameters(["params": "x"]) } throws: {
            "\($0)" == "extra params provided but not allowed"
        }
        try WorkPolicy(allowsRuntimeParameters: true).checkParameters(["params": "x"])
    }

    @Test func `asks clients from elsewhere for a valid signature`() throws {
        let policy = WorkPolicy(verifiesSignature: true)
        try policy.checkSignature("good", from: tcp, verifier: Verifier())
        for signature in [nil, "", "bad"] {
            #expect(throws: WorkError.self) { try policy.checkSignature(signature, from: tcp, verifier: Verifier()) }
        }
        #expect(throws: WorkError.self) { try policy.checkSignature("good", from: tcp, verifier: nil) }
    }

    @Test func `trusts the node's own socket`() throws {
        try WorkPolicy(verifiesSignature: true).checkSignature(nil, from: unix, verifier: Verifier())
    }

    @Test func `refuses a signature where none is expected`() {
        #expect { try WorkPolicy().checkSignature("good", from: tcp, verifier: Verifier()) } throws: {
            "\($0)" == "work type did not expect a signature"
        }
    }
}
