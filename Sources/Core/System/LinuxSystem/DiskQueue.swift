internal import Dispatch
internal import Glibc
internal import Synchronization

/// Runs blocking file operations away from the threads that run everything else.
///
/// Work with one key runs in the order in which it came, one piece at a time; work with different keys never waits for
/// one another: when a file operation hangs, such as one of a dead network disk, further threads take the work of the
/// others, up to a bound.
public final class DiskQueue: Sendable {
    private let pool: ThreadPool
    private let lanes = Mutex<[String: Lane]>([:])

    /// - Parameter threads: how many threads work when none of them hangs.
    public init(threads: Int = 4) { pool = ThreadPool(size: max(1, threads)) }

    /// Runs a piece of work in its turn: at once for a task that has the key's turn already.
    public func run<Value: Sendable, Failure: Error>(
        for key: some CustomStringConvertible,
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let key = key.description
        if let current = Lane.current, current.queue === self, current.key == key { return try work() }
        let result = await withCheckedContinuation {
            (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
            enqueue(lane: key) {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }

    /// Runs a piece of work in its turn, for a task that need not wait for its end: when the task is cancelled, what
    /// has not begun is not done, and what hangs goes on alone.
    ///
    /// - Throws: `CancellationError`.
    public func runUnlessCancelled<Value: Sendable>(
        for key: some CustomStringConvertible,
        _ work: @escaping @Sendable () -> Value
    ) async throws -> Value {
        let answer = Answer<Value>()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard answer.wait(continuation) else { return }
                enqueue(for: key) { if answer.isAwaited { answer.give(.success(work())) } }
            }
        } onCancel: {
            answer.give(.failure(CancellationError()))
        }
    }

    /// Runs tasks in the key's turns, for those who do little but work with its files.
    public func executor(for key: some CustomStringConvertible) -> any TaskExecutor {
        LaneExecutor(queue: self, key: key.description)
    }

    /// Does a piece of work in its turn; nobody waits for it.
    public func enqueue(for key: some CustomStringConvertible, _ work: @escaping @Sendable () -> Void) {
        enqueue(lane: key.description, work)
    }

    fileprivate func enqueue(lane key: String, _ job: @escaping @Sendable () -> Void) {
        let ready = lanes.withLock { lanes -> Lane? in
            if let lane = lanes[key] {
                lane.jobs.withLock { $0.append(job) }
                return nil
            }
            let lane = Lane(queue: self, key: key, first: job)
            lanes[key] = lane
            return lane
        }
        if let ready { pool.run { self.serve(ready) } }
    }

    /// Runs what waits in a lane, then lets others have the thread.
    private func serve(_ lane: Lane) {
        Lane.withCurrent(lane) {
            let jobs = lane.jobs.withLock { jobs in
                defer { jobs = [] }
                return jobs
            }
            for job in jobs { job() }
        }
        let goesOn = lanes.withLock { lanes in
            guard lane.jobs.withLock({ $0.isEmpty }) else { return true }
            lanes[lane.key] = nil
            return false
        }
        if goesOn { pool.run { self.serve(lane) } }
    }
}

/// What one task waits for; the first answer is the one that counts.
private final class Answer<Value: Sendable>: Sendable {
    private enum State {
        case unasked
        case awaited(CheckedContinuation<Value, any Error>)
        case given
    }

    private let state = Mutex(State.unasked)

    var isAwaited: Bool {
        state.withLock { state in
            if case .awaited = state { true } else { false }
        }
    }

    /// - Returns: `false` when the task was cancelled before.
    func wait(_ continuation: CheckedContinuation<Value, any Error>) -> Bool {
        let isWaiting = state.withLock { state in
            guard case .unasked = state else { return false }
            state = .awaited(continuation)
            return true
        }
        if !isWaiting { continuation.resume(throwing: CancellationError()) }
        return isWaiting
    }

    func give(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            defer { state = .given }
            return if case .awaited(let continuation) = state { continuation } else { nil }
        }
        continuation?.resume(with: result)
    }
}

/// The work of one key.
private final class Lane: Sendable {
    let queue: DiskQueue
    let key: String
    let jobs: Mutex<[@Sendable () -> Void]>

    init(queue: DiskQueue, key: String, first job: @escaping @Sendable () -> Void) {
        self.queue = queue
        self.key = key
        jobs = Mutex([job])
    }

    private static let slot: pthread_key_t = {
        var slot = pthread_key_t()
        pthread_key_create(&slot, nil)
        return slot
    }()

    /// The lane whose work the present thread does.
    static var current: Lane? {
        pthread_getspecific(slot).map { Unmanaged<Lane>.fromOpaque($0).takeUnretainedValue() }
    }

    /// The caller keeps the lane alive until this returns.
    static func withCurrent(_ lane: Lane, _ body: () -> Void) {
        pthread_setspecific(slot, Unmanaged.passUnretained(lane).toOpaque())
        body()
        pthread_setspecific(slot, nil)
    }
}

private final class LaneExecutor: TaskExecutor {
    private let queue: DiskQueue
    private let key: String

    init(queue: DiskQueue, key: String) {
        self.queue = queue
        self.key = key
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.enqueue(lane: key) { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}

/// Threads that run blocking work. There are as many as asked for; while all of them hang, there may be more.
private final class ThreadPool: Sendable {
    private struct State {
        var waiting: [@Sendable () -> Void] = []
        var head = 0
        var threads = 0
        var idle = 0
        /// Whether somebody looks now and then whether what waits is taken.
        var isWatched = false
        /// When a thread last took or finished a piece of work.
        var lastProgress = DispatchTime.now().uptimeNanoseconds
    }

    private let size: Int
    private let state = Mutex(State())
    private let signal = DispatchSemaphore(value: 0)
    /// The most threads, however many hang.
    private static let limit = 256
    /// After so long without progress the threads are taken to hang.
    private static let patience: UInt64 = 20_000_000
    private static let watch = DispatchQueue(label: "workceptor.disk.watch")

    init(size: Int) { self.size = size }

    func run(_ work: @escaping @Sendable () -> Void) {
        let (needsThread, needsWatch) = state.withLock { state in
            state.waiting.append(work)
            if state.idle > 0 {
                state.idle -= 1
                return (false, false)
            }
            guard state.threads >= size else {
                state.threads += 1
                return (true, false)
            }
            defer { state.isWatched = true }
            return (false, !state.isWatched)
        }
        if needsThread { start() }
        if needsWatch { watch() }
        signal.signal()
    }

    /// Looks in a moment whether somebody took what waits.
    private func watch() {
        Self.watch.asyncAfter(deadline: .now() + .nanoseconds(Int(Self.patience))) { [self] in
            let (hasWork, isStuck) = state.withLock { state in
                let hasWork = state.waiting.count > state.head
                let now = DispatchTime.now().uptimeNanoseconds
                state.isWatched = hasWork
                guard hasWork, state.threads < Self.limit, now &- state.lastProgress >= Self.patience else {
                    return (hasWork, false)
                }
                state.threads += 1
                return (true, true)
            }
            if isStuck { start() }
            if hasWork { watch() }
        }
    }

    private func start() {
        var thread = pthread_t()
        let me = Unmanaged.passRetained(self).toOpaque()
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<ThreadPool>.fromOpaque(context).takeRetainedValue().loop()
                return nil
            },
            me
        )
        guard failure != 0 else {
            pthread_detach(thread)
            return
        }
        Unmanaged<ThreadPool>.fromOpaque(me).release()
        let hasNone = state.withLock { state in
            state.threads -= 1
            return state.threads == 0
        }
        // No thread to be had now: another attempt in a moment, or nobody would ever do the work.
        if hasNone {
            Self.watch.asyncAfter(deadline: .now() + .milliseconds(100)) { [self] in
                state.withLock { $0.threads += 1 }
                start()
            }
        }
    }

    private func loop() {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        while true {
            signal.wait()
            let work = state.withLock { state -> (@Sendable () -> Void)? in
                state.lastProgress = DispatchTime.now().uptimeNanoseconds
                guard state.head < state.waiting.count else { return nil }
                let work = state.waiting[state.head]
                state.head += 1
                if state.head == state.waiting.count {
                    state.waiting.removeAll(keepingCapacity: state.head <= 1024)
                    state.head = 0
                }
                return work
            }
            work?()
            let isSpare = state.withLock { state in
                state.lastProgress = DispatchTime.now().uptimeNanoseconds
                guard state.threads > size else {
                    if state.head >= state.waiting.count { state.idle += 1 }
                    return false
                }
                state.threads -= 1
                return true
            }
            if isSpare { return }
        }
    }
}
