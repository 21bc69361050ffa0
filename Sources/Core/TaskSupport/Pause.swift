internal import Dispatch
internal import Synchronization
internal import TimeFormats

/// Waits, as `Task.sleep` does, and leaves nothing behind when the task is cancelled: `Task.sleep` keeps its memory until
/// the time is over, which adds up where nearly every wait is cancelled, as time limits are.
///
/// - Throws: `CancellationError`, as soon as the task is cancelled.
public func pause(for time: Duration) async throws(CancellationError) {
    let timer = PauseTimer()
    await withTaskCancellationHandler {
        await timer.run(for: time)
    } onCancel: {
        timer.stop()
    }
    if Task.isCancelled { throw CancellationError() }
}

/// One wait.
private final class PauseTimer: Sendable {
    private struct State {
        var source: (any DispatchSourceTimer)?
        var continuation: CheckedContinuation<Void, Never>?
        var isOver = false
    }

    private let state = Mutex(State())
    private static let queue = DispatchQueue(label: "workceptor.timers")

    func run(for time: Duration) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.isOver { return true }
                let source = DispatchSource.makeTimerSource(queue: Self.queue)
                source.setEventHandler { [self] in stop() }
                source.schedule(deadline: .now() + .nanoseconds(Int(max(time, .zero).clampedNanoseconds)))
                source.activate()
                state.source = source
                state.continuation = continuation
                return false
            }
            if isOver { continuation.resume() }
        }
    }

    /// Ends the wait.
    func stop() {
        let continuation = state.withLock { state in
            state.isOver = true
            // The source refers to this object until it is cancelled.
            state.source?.cancel()
            state.source = nil
            defer { state.continuation = nil }
            return state.continuation
        }
        continuation?.resume()
    }
}
