internal import Synchronization

/// Waits, as `Task.sleep` does, and leaves nothing behind when the task is cancelled: `Task.sleep` keeps its memory until
/// the time is over, which adds up where nearly every wait is cancelled, as time limits are.
///
/// - Throws: `CancellationError`, as soon as the task is cancelled.
public func pause(for time: Duration) async throws(CancellationError) {
    let wait = Wait()
    await withTaskCancellationHandler {
        await wait.run(for: time)
    } onCancel: {
        wait.end()
    }
    if Task.isCancelled { throw CancellationError() }
}

private final class Wait: Sendable {
    private struct State {
        var alarm: Alarm?
        var continuation: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    private let state = Mutex(State())

    func run(for time: Duration) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                state.alarm = Alarm(after: time) { [self] in end() }
                state.continuation = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    func end() {
        let (alarm, continuation) = state.withLock { state in
            state.isOver = true
            defer { (state.alarm, state.continuation) = (nil, nil) }
            return (state.alarm, state.continuation)
        }
        alarm?.stop()
        continuation?.resume()
    }
}
