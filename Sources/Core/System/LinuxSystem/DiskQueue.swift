internal import Dispatch

/// Runs blocking file operations away from the threads that run everything else.
///
/// Work is dealt out to a few lanes by a key; work with one key runs in order, one piece at a time. A slow disk so
/// holds up at most its own lane, and never the control service.
public final class DiskQueue: Sendable {
    private let lanes: [Lane]

    /// - Parameter lanes: how many pieces of work may block at once.
    public init(lanes: Int = 4) {
        self.lanes = (0..<max(1, lanes)).map { Lane(number: $0) }
    }

    /// Runs a piece of work on the lane of the key: at once for a task that runs on that lane already.
    public func run<Value: Sendable, Failure: Error>(
        for key: some Hashable,
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let lane = lane(for: key)
        if lane.isCurrent { return try work() }
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
            lane.queue.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Runs tasks on the lane of the key, for those who do little but work with its files.
    public func executor(for key: some Hashable) -> any TaskExecutor { lane(for: key) }

    private func lane(for key: some Hashable) -> Lane {
        lanes[Int(UInt(bitPattern: key.hashValue) % UInt(lanes.count))]
    }
}

/// A queue on which one piece of work runs at a time, and which can run tasks.
private final class Lane: TaskExecutor {
    let queue: DispatchQueue
    private static let current = DispatchSpecificKey<ObjectIdentifier>()

    init(number: Int) {
        queue = DispatchQueue(label: "workceptor.disk.\(number)")
        queue.setSpecific(key: Self.current, value: ObjectIdentifier(self))
    }

    /// Whether the caller runs on this lane.
    var isCurrent: Bool { DispatchQueue.getSpecific(key: Self.current) == ObjectIdentifier(self) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
