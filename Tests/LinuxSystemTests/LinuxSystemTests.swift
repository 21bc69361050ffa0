import Glibc
import LinuxSystem
import Testing

@Suite struct `A file` {
    private let directory = "/tmp/files-\(UInt32.random(in: 0 ... .max))"

    @Test func `are replaced as a whole, and nothing is left when that fails`() throws {
        try Files.makeDirectories("\(directory)/a/b")
        defer { try? Files.removeTree(directory) }
        try Files.replace("\(directory)/a/f", with: [1])
        try Files.replace("\(directory)/a/f", with: [2, 3])
        #expect(try Files.read("\(directory)/a/f", limit: 10) == [2, 3])
        // A directory cannot be replaced by a file.
        #expect(throws: SystemError.self) { try Files.replace("\(directory)/a/b", with: [1]) }
        #expect(Set(try Files.names(in: "\(directory)/a")) == ["f", "b"])
        #expect(throws: SystemError.self) { try Files.read("\(directory)/a/f", limit: 1) }
    }

    @Test func `behind symbolic links are not deleted with a tree`() throws {
        try Files.makeDirectories("\(directory)/tree")
        defer { try? Files.removeTree(directory) }
        try Files.createEmpty("\(directory)/kept")
        try #require(symlink("\(directory)", "\(directory)/tree/link") == 0)
        try Files.removeTree("\(directory)/tree")
        #expect(Files.exists("\(directory)/kept") && !Files.exists("\(directory)/tree"))
    }
}

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
        ChildProcess.reapAll()
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
}

@Suite struct `The growth monitor` {
    @Test func `tells of each write to a followed file`() async throws {
        let path = "/tmp/growth-\(UInt32.random(in: 0 ... .max))"
        try Files.createEmpty(path)
        defer { try? Files.remove(path) }
        let monitor = try FileGrowthMonitor(monitor: try ReadinessMonitor())
        let (changes, signal) = AsyncStream<Void>.makeStream()
        let registration = try monitor.follow(path) { signal.yield() }
        let file = try Descriptor(opening: path, flags: O_WRONLY | O_APPEND)
        var iterator = changes.makeAsyncIterator()
        for _ in 0..<3 {
            try file.write([1])
            #expect(await iterator.next() != nil)
        }
        monitor.unfollow(registration)
    }
}
