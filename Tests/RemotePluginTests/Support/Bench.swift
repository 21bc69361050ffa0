import JSON
import LinuxSystem
import Logging
import TestSupport
import Workceptor

@testable import RemotePlugin

/// A node with remote work in a scratch directory, and the one other node of its mesh.
struct Bench: Sendable {
    /// Signs with what the test recognizes.
    struct Signer: RequestSigner {
        func token(for node: String) throws -> String { "token for \(node)" }
    }

    let node: FakeNode
    let mesh: FakeMesh
    let workceptor: Workceptor
    let directory: String
    let signer: Signer?
    let timings: RemoteTimings

    /// Delays that are short; nothing is decided by them but how long a test takes.
    static let quick = RemoteTimings(
        greeting: .seconds(20),
        client: .seconds(20),
        answer: .seconds(20),
        firstDelay: .milliseconds(20),
        longestDelay: .milliseconds(50),
        firstLook: .milliseconds(5),
        firstPoll: .milliseconds(50),
        longestPoll: .milliseconds(100),
        promptPoll: .milliseconds(10),
        idle: .milliseconds(200)
    )

    /// Makes a bench, runs the body, and cleans up, whatever the body does.
    static func with(
        _ node: FakeNode = FakeNode(),
        hasRoute: Bool = true,
        signer: Signer? = nil,
        timings: RemoteTimings = quick,
        _ body: (Bench) async throws -> Void
    ) async throws {
        try await withDirectory { directory in
            let mesh = FakeMesh(node, hasRoute: hasRoute)
            try await body(try await open(node, mesh, "\(directory)/a", signer, timings))
        }
    }

    /// One for all tests: a user has few inotify instances.
    private static let environment = Result { try WorkEnvironment(nodeID: "foo") }

    private static func open(
        _ node: FakeNode,
        _ mesh: FakeMesh,
        _ directory: String,
        _ signer: Signer?,
        _ timings: RemoteTimings
    ) async throws -> Bench {
        let workceptor = try Workceptor(
            environment: try environment.get(),
            dataDirectory: directory,
            registry: WorkTypeRegistry(plugins: []),
            verifier: nil,
            remote: RemoteWorkType(mesh: mesh, signer: signer, timings: timings),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await workceptor.recover()
        return Bench(
            node: node,
            mesh: mesh,
            workceptor: workceptor,
            directory: directory,
            signer: signer,
            timings: timings
        )
    }

    /// Another run of the node, on a copy of its files as they are now; this one is cut off.
    ///
    /// - Parameter change: changes a unit's directory before it is found.
    func restarted(
        hasRoute: Bool = true,
        _ change: (_ unitDirectory: String) throws -> Void = { _ in }
    ) async throws -> Bench {
        let copy = directory + "+"
        try Files.makeDirectories("\(copy)/foo")
        for unit in try Files.names(in: "\(directory)/foo") where !unit.hasPrefix(".") {
            try Files.makeDirectory("\(copy)/foo/\(unit)")
            for name in try Files.names(in: "\(directory)/foo/\(unit)") where !name.hasSuffix(".new") {
                let content = try Files.read("\(directory)/foo/\(unit)/\(name)", limit: 64 << 20)
                try Files.replace("\(copy)/foo/\(unit)/\(name)", with: content)
            }
            try change("\(copy)/foo/\(unit)")
        }
        mesh.setRoute(false)
        return try await Self.open(node, FakeMesh(node, hasRoute: hasRoute), copy, signer, timings)
    }

    /// A request for work on the other node.
    static func request(
        node: String = "bar",
        parameters: [String: String] = [:],
        ttl: String? = nil,
        signsWork: Bool = false,
        tlsClient: String? = nil
    ) -> SubmitRequest {
        SubmitRequest(
            node: node,
            workType: "echo",
            parameters: parameters,
            timeToLive: ttl,
            signsWork: signsWork,
            tlsClient: tlsClient
        )
    }

    /// Submits a unit, without its payload's end.
    func admit(_ request: SubmitRequest = request()) async throws -> UnitIntake {
        try await workceptor.admit(request, from: Principal(.unixSocket(nil)))
    }

    /// Submits a unit with its payload; what the client hears.
    func submit(
        _ payload: String = "payload",
        _ request: SubmitRequest = request()
    ) async throws -> (unit: WorkUnit, result: UnitIntake.Result) {
        let intake = try await admit(request)
        let bytes = Array(payload.utf8)
        if !bytes.isEmpty { try await intake.append(bytes) }
        return (intake.unit, try await intake.start())
    }

    /// Waits for the end of a unit.
    func end(of unit: WorkUnit) async -> UnitStatus { await unit.status { $0.state.isComplete } }

    /// The unit's output.
    func stdout(of unit: WorkUnit) throws -> String {
        String(decoding: try Files.read(unit.stdoutPath, limit: 64 << 20), as: UTF8.self)
    }

    /// Waits until the unit's output is what it should be.
    func untilStdout(of unit: WorkUnit, _ isSatisfied: (String) -> Bool) async throws {
        let registration = unit.followOutput()
        defer { unit.unfollowOutput(registration) }
        while case let version = unit.version, try !isSatisfied(stdout(of: unit)), !Task.isCancelled {
            await unit.changed(since: version)
        }
    }

    /// The unit's payload.
    func payload(of unit: WorkUnit) throws -> String {
        String(decoding: try Files.read(unit.payloadPath, limit: 64 << 20), as: UTF8.self)
    }

    /// What the status file of a unit has.
    func onDisk(_ unit: WorkUnit) throws -> UnitStatus {
        try UnitStatus(fileContent: try Files.read("\(unit.directory)/status", limit: 1 << 20))
    }

    /// The unit in this bench of that identifier.
    func unit(_ other: WorkUnit) throws -> WorkUnit { try workceptor.unit("\(other.id)") }

    /// Waits until a unit is gone, from memory and from the disk.
    func untilGone(_ unit: WorkUnit) async {
        await unit.changed { unit.isReleased }
        while Files.exists(unit.directory), !Task.isCancelled { await Task.yield() }
    }
}
