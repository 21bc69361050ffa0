internal import Synchronization

/// Owns tasks that outlive the call that starts them, such as those of units of work: none is left when it has ended.
public final class TaskOwner: Sendable {
    /// One task, for whoever started it.
    public struct Handle: Sendable {
        fileprivate let task: Task<Void, Never>

        /// Cancels the task.
        public func cancel() { task.cancel() }

        /// Waits for the task's end; the waiting task's own cancellation does not end the wait.
        public func wait() async { await task.value }
    }

    private struct State {
        var nextID: UInt64 = 0
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var hasEnded = false
    }

    private let state = Mutex(State())

    /// Without tasks.
    public init() {}

    /// How many tasks go on.
    public var count: Int { state.withLock { $0.tasks.count } }

    /// Starts a task.
    ///
    /// - Parameter executor: where it runs best.
    /// - Returns: `nil` when the owner has ended: the task never runs then.
    @discardableResult
    public func start(
        on executor: (any TaskExecutor)? = nil,
        _ operation: @escaping @Sendable () async -> Void
    ) -> Handle? {
        state.withLock { state in
            guard !state.hasEnded else { return nil }
            let id = state.nextID
            state.nextID += 1
            let task = Task(executorPreference: executor) {
                await operation()
                // Waits for the lock until the task is in the list.
                self.forget(id)
            }
            state.tasks[id] = task
            return Handle(task: task)
        }
    }

    private func forget(_ id: UInt64) { _ = state.withLock { $0.tasks.removeValue(forKey: id) } }

    /// Starts no more tasks, cancels all that go on, and waits for their ends.
    public func end() async {
        let tasks = state.withLock { state in
            state.hasEnded = true
            return Array(state.tasks.values)
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
