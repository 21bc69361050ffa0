internal import Glibc

/// What starting processes costs on this machine with no daemon in between. A unit needs two of them: a runner and the
/// command. On virtual machines it is more than one expects: the C library asks for the processor's features at each
/// start, and each such question is answered by the hypervisor.
enum Spawning {
    /// Starts `true` and waits for its end.
    static func startAndEnd() throws {
        var pid: pid_t = 0
        let name = strdup("true")
        defer { free(name) }
        var arguments = [name, nil]
        let failure = posix_spawnp(&pid, "true", nil, nil, &arguments, environ)
        guard failure == 0 else { throw Failure("start true: \(String(cString: strerror(failure)))") }
        while waitpid(pid, nil, 0) < 0 && errno == EINTR {}
    }

    /// Milliseconds from a start to its end.
    static func times(runs: Int) throws -> [Double] {
        try (0..<runs).map { _ in
            let time = Stopwatch()
            try startAndEnd()
            return time.milliseconds
        }
    }

    /// How many pairs a second some threads start and end.
    static func pairsPerSecond(threads: Int, each: Int) throws -> Double {
        let time = Stopwatch()
        _ = try Parallel.run(threads) { _ in
            for _ in 0..<2 * each { try startAndEnd() }
        }
        return Double(threads * each) / time.seconds
    }
}
