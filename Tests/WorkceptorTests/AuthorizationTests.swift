import Glibc
import JSON
import LinuxSystem
import Logging
import TestSupport
import Testing

@testable import Workceptor

/// Work on another node that never gets anywhere.
private struct UnreachableWork: RemoteWork {
    func extraData(for request: SubmitRequest) throws(WorkError) -> JSONValue {
        ["RemoteNode": .string(request.node), "SignWork": .bool(request.signsWork)]
    }
    func run(_ unit: WorkUnit) async throws -> UnitOutcome { .failed("unreachable") }
    func isReleasePending(_ unit: WorkUnit) -> Bool { false }
    func release(onOtherNode unit: WorkUnit) async -> Bool { true }
}

private struct Verifier: SignatureVerifier {
    struct Refused: Error {}
    func verify(token: String) throws { if token != "good" { throw Refused() } }
}

private struct InstantWork: WorkType {
    func run(_ unit: WorkUnit) async throws -> UnitOutcome { .succeeded() }
}

/// Stands for a work type of node bar, for which this node signs.
private struct SignedElsewhere: ForwardingWorkType {
    func run(_ unit: WorkUnit) async throws -> UnitOutcome { .failed("never called") }
    func forwarded(_ request: SubmitRequest) -> SubmitRequest {
        SubmitRequest(node: "bar", workType: "t", parameters: request.parameters, signsWork: true)
    }
}

@Suite struct `Who asks decides` {
    private let local = Principal(.unixSocket(.init(user: 0, group: 0, pid: 1)))
    private let others = [
        Principal(.tcp(address: "127.0.0.1:1")), Principal(.mesh(node: "bar", isAuthenticated: false)),
        Principal(.mesh(node: "bar", isAuthenticated: true)),
    ]

    private static func registry(verifies: Bool) throws -> WorkTypeRegistry {
        let policy = WorkPolicy(verifiesSignature: verifies)
        let instant = FixedPlugin(name: "instant", type: InstantWork())
        let forwarding = FixedPlugin(name: "forwarding", type: SignedElsewhere())
        return try WorkTypeRegistry(
            [instant.entry("t", policy), forwarding.entry("f", policy)],
            plugins: [instant, forwarding]
        )
    }

    private func with(
        verifies: Bool = false,
        _ body: (Workceptor, _ restarted: (WorkTypeRegistry) async throws -> Workceptor) async throws -> Void
    ) async throws {
        try await withDirectory { directory in
            var workceptor: Workceptor? = try await open(directory, try Self.registry(verifies: verifies))
            try await body(workceptor!) { registry in
                await workceptor?.shutDown()
                workceptor = nil
                return try await open(directory, registry)
            }
        }
    }

    private func open(_ directory: String, _ registry: WorkTypeRegistry) async throws -> Workceptor {
        let workceptor = try Workceptor(
            environment: try WorkEnvironment(nodeID: "foo"),
            dataDirectory: directory,
            registry: registry,
            verifier: Verifier(),
            remote: UnreachableWork(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await workceptor.recover()
        return workceptor
    }

    private func submit(
        _ request: SubmitRequest,
        _ principal: Principal,
        to workceptor: Workceptor
    ) async throws -> WorkUnit {
        let intake = try await workceptor.admit(request, from: principal)
        _ = try? await intake.start()
        return intake.unit
    }

    @Test func `whether this node signs: for clients of its own socket only`() async throws {
        try await with { workceptor, _ in
            let request = SubmitRequest(node: "bar", workType: "t", signsWork: true)
            for principal in others {
                await #expect { _ = try await workceptor.admit(request, from: principal) } throws: {
                    "\($0)".hasPrefix("this node signs only for clients of its Unix socket, not for \(principal)")
                }
            }
            #expect(workceptor.units.isEmpty)
            _ = try await workceptor.admit(request, from: local)
        }
    }

    @Test func `whether this node signs for a work type that stands for another node's`() async throws {
        try await with { workceptor, _ in
            for principal in others {
                await #expect {
                    _ = try await workceptor.admit(SubmitRequest(node: "foo", workType: "f"), from: principal)
                } throws: {
                    "\($0)".hasPrefix("this node signs only for clients of its Unix socket")
                }
            }
            _ = try await workceptor.admit(.init(node: "foo", workType: "f"), from: local)
        }
        try await with(verifies: true) { workceptor, _ in
            for signature in [nil, "bad"] {
                await #expect(throws: WorkError.self) {
                    let request = SubmitRequest(node: "foo", workType: "f", signature: signature)
                    _ = try await workceptor.admit(request, from: others[0])
                }
            }
            // Who brought the token that the policy asks for has the operator's word.
            let signed = SubmitRequest(node: "foo", workType: "f", signature: "good")
            let unit = try await submit(signed, others[0], to: workceptor)
            #expect(throws: WorkError.self) { try workceptor.checkSignature(nil, for: unit, from: others[0]) }
            try workceptor.checkSignature("good", for: unit, from: others[0])
            // Another node's requests are not forwarded at all.
            await #expect(throws: WorkError.self) { _ = try await workceptor.admit(signed, from: others[1]) }
        }
    }

    @Test func `whether work of this node's own is submitted with its signature, and the line says which way is open`()
        async throws
    {
        try await with(verifies: true) { workceptor, _ in
            let request = SubmitRequest(node: "foo", workType: "t", signsWork: true)
            await #expect { _ = try await workceptor.admit(request, from: others[0]) } throws: {
                "\($0)".hasSuffix("submit there, or to the node itself")
            }
            _ = try await workceptor.admit(request, from: local)
        }
    }

    @Test func `whether requests about a signed remote unit need a token`() async throws {
        try await with { workceptor, _ in
            let request = SubmitRequest(node: "bar", workType: "t", signsWork: true)
            let unit = try await submit(request, local, to: workceptor)
            for principal in others {
                for signature in [nil, "bad"] {
                    #expect(throws: WorkError.self) {
                        try workceptor.checkSignature(signature, for: unit, from: principal)
                    }
                }
                try workceptor.checkSignature("good", for: unit, from: principal)
            }
            try workceptor.checkSignature(nil, for: unit, from: local)
        }
    }

    @Test func `under the policy that admitted a unit, also when its work type is gone or has another one`()
        async throws
    {
        try await with(verifies: true) { workceptor, restarted in
            let unit = try await submit(SubmitRequest(node: "foo", workType: "t"), local, to: workceptor)
            for registry in [WorkTypeRegistry(plugins: []), try Self.registry(verifies: false)] {
                workceptor.replace(registry: registry, verifier: Verifier())
                #expect(throws: WorkError.self) { try workceptor.checkSignature(nil, for: unit, from: others[0]) }
                try workceptor.checkSignature("good", for: unit, from: others[0])
                try workceptor.checkSignature(nil, for: unit, from: local)
            }
            let later = try await restarted(WorkTypeRegistry(plugins: []))
            let found = try later.unit("\(unit.id)")
            #expect(throws: WorkError.self) { try later.checkSignature(nil, for: found, from: others[1]) }
        }
    }

    @Test func `and fails closed for a unit of which nothing is known`() async throws {
        try await with { workceptor, restarted in
            let unit = try await submit(SubmitRequest(node: "foo", workType: "t"), local, to: workceptor)
            try workceptor.checkSignature(nil, for: unit, from: others[0])
            try Files.remove("\(unit.directory)/admission")
            let later = try await restarted(WorkTypeRegistry(plugins: []))
            let found = try later.unit("\(unit.id)")
            #expect(throws: WorkError.self) { try later.checkSignature(nil, for: found, from: others[0]) }
            try later.checkSignature(nil, for: found, from: local)
        }
    }
}

@Suite struct `The data directory` {
    private func open(_ directory: String) throws {
        _ = try Workceptor(
            environment: try WorkEnvironment(nodeID: "foo"),
            dataDirectory: directory,
            registry: WorkTypeRegistry(plugins: []),
            verifier: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
    }

    private func with(_ body: (String) throws -> Void) async throws {
        try await withDirectory { directory in
            try Files.makeDirectories("\(directory)/foo")
            try body(directory)
        }
    }

    @Test func `is refused when others may write to it`() async throws {
        try await with { directory in
            chmod("\(directory)/foo", 0o770)
            #expect { try open(directory) } throws: { "\($0)".contains("which others may write to: chmod go-w it") }
            chmod("\(directory)/foo", 0o700)
            chmod(directory, 0o777)
            #expect { try open(directory) } throws: { "\($0)".contains("which others may write to: chmod go-w it") }
            chmod(directory, 0o1777)
            try open(directory)
        }
    }

    @Test(.enabled(if: geteuid() == 0, "only root can give files away"))
    func `is refused when it belongs to somebody else`() async throws {
        try await with { directory in
            chown("\(directory)/foo", 65534, 65534)
            #expect { try open(directory) } throws: { "\($0)".contains("belongs to user 65534 and not to") }
        }
    }

    @Test func `is not followed through symbolic links`() async throws {
        try await with { directory in
            try Files.rename("\(directory)/foo", to: "\(directory)/elsewhere")
            symlink("\(directory)/elsewhere", "\(directory)/foo")
            #expect(throws: WorkError.self) { try open(directory) }
        }
    }

    @Test(arguments: ["", ".", "..", "a/b", "a\0b", String(repeating: "a", count: 256)])
    func `has no node in it whose name could lead out of it`(name: String) throws {
        #expect(throws: WorkError.self) {
            _ = try Workceptor(
                environment: try WorkEnvironment(nodeID: name),
                dataDirectory: "/tmp",
                registry: WorkTypeRegistry(plugins: []),
                verifier: nil,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            )
        }
    }
}
