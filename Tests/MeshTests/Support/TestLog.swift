import Logging
import Synchronization

/// What nodes of a test write to their log.
final class TestLog: Sendable {
    private struct State {
        var lines: [String] = []
        var waiters: [AsyncStream<Void>.Continuation] = []
    }

    private let state = Mutex(State())

    /// The lines so far, of warnings and notices, and when sessions open.
    var lines: [String] { state.withLock { $0.lines } }

    func write(_ line: String) {
        let waiters = state.withLock { state in
            state.lines.append(line)
            return state.waiters
        }
        for waiter in waiters { waiter.yield() }
    }

    /// Waits for a line with all of these words.
    func awaitLine(_ words: String...) async {
        let (news, waiter) = AsyncStream<Void>.makeStream()
        state.withLock { $0.waiters.append(waiter) }
        waiter.yield()
        for await _ in news {
            if lines.contains(where: { line in words.allSatisfy { line.contains($0) } }) { return }
        }
    }
}

/// Writes lines with their metadata.
struct TestLogHandler: LogHandler {
    let log: TestLog
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.debug

    init(log: TestLog) { self.log = log }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let level = event.level
        guard level >= .notice || "\(event.message)" == "session opened" else { return }
        log.write("\(level) \(event.message) \(event.metadata ?? [:])")
    }
}
