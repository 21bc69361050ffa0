import CLinux
import Glibc
import LinuxSystem
import Testing

@Suite struct `A process that inherits orphans` {
    private func start(_ script: String) throws -> (process: ChildProcess, output: Descriptor) {
        let (reading, writing) = try Pipe.make()
        let null = try Pipe.null()
        let process = try ChildProcess.start(
            "/bin/sh",
            arguments: ["sh", "-c", script],
            input: null,
            output: writing,
            error: null
        )
        return (process, reading)
    }

    /// Waits until a process is out of the process table.
    private func untilReaped(_ pid: Int32) async throws {
        while kill(pid, 0) == 0 { try await Task.sleep(for: .milliseconds(1)) }
    }

    @Test(.timeLimit(.minutes(1))) func `reaps them when they end, and no child that is another's`() async throws {
        try #require(cl_set_child_subreaper() == 0)
        let monitor = try ReadinessMonitor()
        try ChildReaper.startWhereNeeded(monitor)
        // Another's child: somebody in this process started it, and wants to know how it ended.
        var other: pid_t = 0
        let words: [UnsafeMutablePointer<CChar>?] = [strdup("sh"), strdup("-c"), strdup("exit 7"), nil]
        defer { for word in words { free(word) } }
        try #require(posix_spawn(&other, "/bin/sh", nil, nil, words, environ) == 0)
        var info = siginfo_t()
        try #require(waitid(P_PID, id_t(other), &info, WEXITED | WNOWAIT) == 0)
        // A child of ours that leaves a process behind.
        let (parent, output) = try start("sleep 0.05 > /dev/null & echo $!")
        let text = String(decoding: try output.read(upTo: 20), as: UTF8.self)
        let orphan = try #require(Int32(text.dropLast()))
        #expect(try await monitor.untilReadable(parent.handle))
        try await untilReaped(orphan)
        // Both ended before the orphan did.
        #expect(waitid(P_PID, id_t(other), &info, WEXITED) == 0)
        #expect(kill(parent.pid, 0) == 0)
        #expect(parent.reap())
        #expect(kill(parent.pid, 0) != 0)
    }
}
