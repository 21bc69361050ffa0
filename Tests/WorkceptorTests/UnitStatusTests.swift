import JSON
import Testing

@testable import Workceptor

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

    private let unix = Principal(.unixSocket(nil))
    private let tcp = Principal(.tcp(address: "127.0.0.1:1"))

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
