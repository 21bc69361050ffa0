import JSON
import Logging
import TestSupport
import Testing

@testable import Workceptor

/// Work that keeps much while it goes on, and ends at once.
private struct MuchKept: WorkType {
    static let bytes = 11 << 20

    func extraData(for parameters: [String: String]) -> JSONValue {
        ["x": .string(String(repeating: "x", count: Self.bytes))]
    }

    func run(_ unit: WorkUnit) async throws -> UnitOutcome { .succeeded("done") }
}

@Suite struct `Room for long parameters` {
    @Test func `is given back when a unit ends that keeps nothing of them, or is released`() async throws {
        try await withDirectory { try await expectRoom(in: $0) }
    }

    private func expectRoom(in directory: String) async throws {
        let plugin = FixedPlugin(name: "much", type: MuchKept())
        let workceptor = try Workceptor(
            environment: try WorkEnvironment(nodeID: "foo"),
            dataDirectory: directory,
            registry: try WorkTypeRegistry([plugin.entry("t")], plugins: [plugin]),
            verifier: nil,
            remote: nil,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await workceptor.recover()
        let local = Principal(.unixSocket(nil))
        let request = SubmitRequest(node: "foo", workType: "t")
        var intakes: [UnitIntake] = []
        for _ in 0..<4 { intakes.append(try await workceptor.admit(request, from: local)) }
        func expectFull() async {
            await #expect { _ = try await workceptor.admit(request, from: local) } throws: {
                "\($0)".contains("too many long parameters")
            }
        }
        await expectFull()
        // Others have a part of it only.
        _ = try await workceptor.release(intakes[3].unit, isForced: true)
        await #expect(throws: WorkError.self) {
            try await workceptor.admit(request, from: Principal(.tcp(address: "127.0.0.1:1")))
        }
        intakes[3] = try await workceptor.admit(request, from: local)
        await expectFull()
        _ = try await intakes[0].start()
        await intakes[0].unit.status { $0.state.isComplete }
        _ = try await workceptor.admit(request, from: local)
        await expectFull()
        await workceptor.shutDown()
    }
}
