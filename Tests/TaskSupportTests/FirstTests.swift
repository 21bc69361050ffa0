import Synchronization
import TaskSupport
import Testing

@Suite("The first of functions")
struct FirstTests {
    private struct Late: Error {}

    @Test("to end gives the value, and the others are cancelled and waited for")
    func first() async throws {
        let isCancelled = Mutex(false)
        let value = try await TaskSupport.first(
            of: {
                do { try await pause(for: .seconds(3600)) } catch { isCancelled.withLock { $0 = true } }
                return 1
            },
            { 2 }
        )
        #expect(value == 2)
        #expect(isCancelled.withLock { $0 })
    }

    @Test("to fail throws its error")
    func failing() async {
        await #expect(throws: Late.self) {
            try await TaskSupport.first(
                of: { try await pause(for: .seconds(3600)) },
                { throw Late() }
            )
        }
    }

    @Test("is over when its caller is cancelled")
    func cancelled() async {
        await #expect(throws: CancellationError.self) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await TaskSupport.first(of: { try await pause(for: .seconds(3600)) }) }
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test("is none without functions")
    func none() async {
        await #expect(throws: CancellationError.self) { try await TaskSupport.first() as Int }
    }

    @Test("to end within a time is no later than that")
    func deadline() async throws {
        #expect(try await withDeadline(after: .seconds(3600), orThrow: Late()) { 1 } == 1)
        await #expect(throws: Late.self) {
            try await withDeadline(after: .zero, orThrow: Late()) { try await pause(for: .seconds(3600)) }
        }
    }
}
