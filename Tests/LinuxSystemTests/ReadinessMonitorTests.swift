import Glibc
@testable import LinuxSystem
import Testing

@Suite struct `The readiness monitor` {
    @Test func `tells of a pipe's data and of a process's end`() async throws {
        let monitor = try ReadinessMonitor()
        let (reading, writing) = try Pipe.make()
        async let isReadable = monitor.untilReadable(reading)
        try writing.write([1])
        #expect(try await isReadable)
        let null = try Pipe.null()
        let process = try ChildProcess.start(
            "/bin/sh",
            arguments: ["sh", "-c", "exit 0"],
            input: null,
            output: null,
            error: null
        )
        #expect(try await monitor.untilReadable(process.handle))
        #expect(process.reap())
    }

    @Test func `lets go of a descriptor when the task is cancelled`() async throws {
        let monitor = try ReadinessMonitor()
        let (reading, writing) = try Pipe.make()
        let task = Task { try await monitor.untilReadable(reading) }
        task.cancel()
        #expect(try await task.value == false)
        try writing.write([1])
        #expect(try await monitor.untilReadable(reading))
    }

    @Test func `holds nothing of waits that were cancelled at any moment`() async throws {
        let monitor = try ReadinessMonitor()
        await withTaskGroup(of: Void.self) { group in
            for round in 0..<2_000 {
                group.addTask {
                    guard let (reading, writing) = try? Pipe.make() else { return }
                    let wait = Task { try? await monitor.untilReadable(reading) }
                    // From at once to about the time that a wait needs to be entered.
                    for _ in 0..<(round % 40) { await Task.yield() }
                    wait.cancel()
                    _ = await wait.value
                    _ = writing
                }
            }
        }
        #expect(monitor.watchedCount == 0)
    }

    @Test func `keeps a descriptor open for as long as it waits for it`() async throws {
        let monitor = try ReadinessMonitor()
        let (reading, writing) = try Pipe.make()
        let number = reading.number
        weak let known = reading
        let wait = Task { [reading = consume reading] in try await monitor.untilReadable(reading) }
        while monitor.watchedCount == 0, !Task.isCancelled { await Task.yield() }
        #expect(known != nil && fcntl(number, F_GETFD) >= 0)
        try writing.write([1])
        #expect(try await wait.value)
        #expect(monitor.watchedCount == 0)
    }

    @Test func `says so when a descriptor cannot be watched, and holds nothing of it`() async throws {
        let monitor = try ReadinessMonitor()
        // A regular file is always ready, and so none that epoll takes.
        let file = try Descriptor(opening: "/proc/self/exe", flags: O_RDONLY)
        await #expect(throws: SystemError.self) { try await monitor.untilReadable(file) }
        #expect(throws: SystemError.self) { _ = try monitor.whenReadable(file) {} }
        #expect(monitor.watchedCount == 0)
    }
}
