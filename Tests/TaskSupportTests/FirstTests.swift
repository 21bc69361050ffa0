import Synchronization
import TaskSupport
import Testing

@Suite("The first of functions")
struct FirstTests {
    private struct Late: Error {}

    /// Runs a function beside another one that gives 2 at once.
    private func beside(_ body: @escaping @Sendable () async throws -> Void) async throws -> (Int, (any Error)?) {
        let failure = Mutex<(any Error)?>(nil)
        let value = try await TaskSupport.first(
            of: {
                do { try await body() } catch { failure.withLock { $0 = error } }
                return 1
            },
            { 2 }
        )
        return (value, failure.withLock { $0 })
    }

    @Test("to end gives the value, and the others are cancelled and waited for")
    func first() async throws {
        let (value, failure) = try await beside { try await pause(for: .seconds(3600)) }
        #expect(value == 2)
        #expect(failure is CancellationError)
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
    func cancelled() async throws {
        let (_, failure) = try await beside {
            try await TaskSupport.first(of: { try await pause(for: .seconds(3600)) })
        }
        #expect(failure is CancellationError)
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
