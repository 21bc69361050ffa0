import Synchronization
import TaskSupport
import Testing

private struct Useless: Error {}

@Suite struct `An asynchronous lock` {
    private final class Inside: Sendable {
        let count = Mutex(0)
    }

    @Test func `lets one through at a time, in order`() async throws {
        let lock = AsyncLock()
        let inside = Inside()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    try await lock.lock()
                    #expect(
                        inside.count.withLock {
                            $0 += 1; return $0
                        } == 1
                    )
                    await Task.yield()
                    inside.count.withLock { $0 -= 1 }
                    lock.unlock()
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `sends all away who wait when one finds that it is no use`() async throws {
        let lock = AsyncLock()
        try await lock.lock()
        let waiting = Task { try await lock.lock() }
        let cancelled = Task { try await lock.lock() }
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        // Whether it waits already or comes later, it gets the turn or the error, and never hangs.
        lock.unlock(failing: Useless())
        do { try await waiting.value } catch { #expect(error is Useless) }
    }
}
