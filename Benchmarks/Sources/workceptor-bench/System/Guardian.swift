internal import CBench
internal import Glibc
internal import Synchronization

/// Sees to it that nothing is left of a benchmark, however it ends: no daemon, no runner, no file.
///
/// Runners outlive their daemon by design. This process is their subreaper, so that all of them stay below it and can
/// be ended by number.
final class Guardian: Sendable {
    private let folders: Folders
    private let isOver = Mutex(false)

    /// Watches for signals and for the end of the time on a thread of its own. Call it before any other thread is
    /// started, since signals are blocked here for all of them.
    init(folders: Folders, seconds: Int) throws {
        self.folders = folders
        guard cb_become_subreaper() == 0 else { throw Failure.system("become a subreaper") }
        signal(SIGPIPE, SIG_IGN)
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let thread = try Parallel.start { [signals] in
            var signals = signals
            let deadline = Stopwatch.now + UInt64(seconds) * 1_000_000_000
            while true {
                let left = Int64(deadline) - Int64(Stopwatch.now)
                var time = timespec(tv_sec: Int(left / 1_000_000_000), tv_nsec: Int(left % 1_000_000_000))
                let signal = left > 0 ? sigtimedwait(&signals, nil, &time) : 0
                // The time is up, or the wait was interrupted: look at the clock again.
                if signal < 0 { continue }
                Output.error(signal == 0 ? "not done in \(seconds) s: given up" : "ended by signal \(signal)")
                self.cleanUp()
                _exit(signal == 0 ? 1 : 128 + signal)
            }
        }
        pthread_detach(thread)
    }

    /// Ends every process below this one, then deletes the folders. Does it once; a second caller waits.
    func cleanUp() {
        isOver.withLock { isOver in
            guard !isOver else { return }
            isOver = true
            Self.endDescendants()
            for folder in folders.all { FileTree.remove(folder) }
        }
    }

    /// Kills and reaps all processes below this one.
    static func endDescendants() {
        // A runner's command dies with it; what is orphaned on the way comes here, and is found by the next look.
        for _ in 0..<500 {
            while waitpid(-1, nil, WNOHANG) > 0 {}
            let left = ProcessFacts(pid: getpid()).descendants
            if left.isEmpty { return }
            for process in left { kill(process.pid, SIGKILL) }
            usleep(10_000)
        }
        Output.error("some processes could not be ended")
    }
}
