import Dispatch
import LinuxSystem
import Testing

@Suite struct `A queue for the disk` {
    @Test func `lets a task go that is cancelled while its work hangs, and the work goes on alone`() async throws {
        let queue = DiskQueue(threads: 1)
        let (begun, begins) = AsyncStream<Void>.makeStream()
        let (ended, ends) = AsyncStream<Void>.makeStream()
        let hang = DispatchSemaphore(value: 0)
        await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask {
                try await queue.runUnlessCancelled(for: "file") {
                    begins.yield()
                    hang.wait()
                    ends.yield()
                    return 1
                }
            }
            for await _ in begun { break }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        hang.signal()
        for await _ in ended { break }
        #expect(try await queue.runUnlessCancelled(for: "file") { 2 } == 2)
    }

    @Test func `does no work for a task that was cancelled before`() async throws {
        let queue = DiskQueue(threads: 1)
        await withThrowingTaskGroup(of: Void.self) { group in
            group.cancelAll()
            group.addTask { () async throws -> Void in
                try await queue.runUnlessCancelled(for: "file") { _ = Issue.record("it was done") }
            }
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        #expect(await queue.run(for: "file") { 3 } == 3)
    }
}
