internal import Glibc
internal import Synchronization

/// Threads that block, which Swift's own must not.
enum Parallel {
    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    /// Runs a body on a thread of its own.
    static func start(_ body: @escaping @Sendable () -> Void) throws -> pthread_t {
        let job = Unmanaged.passRetained(Job(body))
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                Unmanaged<Job>.fromOpaque(context).takeRetainedValue().body()
                return nil
            },
            job.toOpaque()
        )
        guard failure == 0 else {
            job.release()
            throw Failure("start a thread: \(String(cString: strerror(failure)))")
        }
        return thread
    }

    /// Runs a body once on each of some threads and waits for all; what they gave, in no order.
    ///
    /// - Throws: the first error of any of them.
    static func run<Value: Sendable>(
        _ count: Int,
        _ body: @escaping @Sendable (Int) throws -> Value
    ) throws -> [Value] {
        let results = Shared<[Result<Value, any Error>]>([])
        let threads = try (0..<count).map { number in
            try start {
                let result = Result { try body(number) }
                results.value.withLock { $0.append(result) }
            }
        }
        for thread in threads { pthread_join(thread, nil) }
        return try results.value.withLock { $0 }.map { try $0.get() }
    }
}
