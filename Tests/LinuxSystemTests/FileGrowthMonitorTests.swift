import Glibc
@testable import LinuxSystem
import Testing

@Suite struct `The growth monitor` {
    @Test func `tells of each write to a followed file`() async throws {
        let path = "/tmp/growth-\(UInt32.random(in: 0 ... .max))"
        try Files.createEmpty(path)
        defer { try? Files.remove(path) }
        let monitor = FileGrowthMonitor(monitor: try ReadinessMonitor())
        let (changes, signal) = AsyncStream<Void>.makeStream()
        let registration = monitor.follow(path) { signal.yield() }
        let file = try Descriptor(opening: path, flags: O_WRONLY | O_APPEND)
        var iterator = changes.makeAsyncIterator()
        for _ in 0..<3 {
            try file.write([1])
            #expect(await iterator.next() != nil)
        }
        monitor.unfollow(registration)
    }

    @Test(.timeLimit(.minutes(1))) func `lets go of everything with its last reference`() async throws {
        let readiness = try ReadinessMonitor()
        var monitor: FileGrowthMonitor? = FileGrowthMonitor(monitor: readiness)
        let registration = try #require(monitor?.follow("/proc/self/exe") {})
        #expect(readiness.watchedCount == 1)
        monitor?.unfollow(registration)
        monitor = nil
        // The kernel tells of a watch that was taken back, which keeps the monitor for a moment.
        while readiness.watchedCount > 0, !Task.isCancelled { await Task.yield() }
        #expect(readiness.watchedCount == 0)
    }

    @Test func `looks at files that cannot be watched, and says so once`() async throws {
        // Nothing has these names yet, so there is nothing to watch.
        let paths = (0..<2).map { "/tmp/growth-\($0)-\(UInt32.random(in: 0 ... .max))" }
        defer { for path in paths { try? Files.remove(path) } }
        let (reasons, note) = AsyncStream<SystemError>.makeStream()
        let monitor = FileGrowthMonitor(monitor: try ReadinessMonitor()) { note.yield($0) }
        for path in paths {
            let (changes, signal) = AsyncStream<Void>.makeStream()
            let registration = monitor.follow(path) { signal.yield() }
            var iterator = changes.makeAsyncIterator()
            for size in 1...3 {
                try Files.replace(path, with: Array(repeating: 1, count: size))
                #expect(await iterator.next() != nil)
            }
            monitor.unfollow(registration)
        }
        note.finish()
        #expect(await reasons.reduce(into: 0) { count, _ in count += 1 } == 1)
    }
}
