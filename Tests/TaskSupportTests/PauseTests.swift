import TaskSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A pause` {
    @Test func `lasts as long as it should`() async throws {
        let start = ContinuousClock.now
        try await pause(for: .milliseconds(30))
        #expect(ContinuousClock.now - start >= .milliseconds(30))
        try await pause(for: .zero)
        try await pause(for: .seconds(-1))
    }

    @Test func `ends with its task`() async {
        let waiting = Task { try await pause(for: .seconds(3600)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test func `may be one of many`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<1000 { group.addTask { try await pause(for: .microseconds(number * 10)) } }
            try await group.waitForAll()
        }
    }
}
