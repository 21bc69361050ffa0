import Foundation
import Testing

/// Runs the tests of a suite on threads of their own, a few at a time, since they wait for processes and sockets the
/// simple way: by blocking. Knows whether the present test has failed.
struct BlockingTests: SuiteTrait, TestTrait, TestScoping {
    /// Where the tests run.
    var threads = TestThreads.shared
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let record = TestRecord()
        let noting = IssueHandlingTrait.compactMapIssues { issue in
            record.hasFailed.update { $0 = true }
            return issue
        }
        try await TestRecord.$current.withValue(record) {
            try await noting.provideScope(for: test, testCase: testCase) {
                try await withTaskExecutorPreference(threads) { try await function() }
            }
        }
    }
}

extension Trait where Self == BlockingTests {
    /// See ``BlockingTests``.
    static var blocking: Self { Self() }

    /// The same for tests that spend most of their time with waiting for times that a protocol prescribes: they have
    /// threads of their own, so that the others need not wait for them.
    static var waiting: Self { Self(threads: .waiting) }
}

/// What is known of the test that runs.
final class TestRecord: Sendable {
    @TaskLocal static var current: TestRecord?
    let hasFailed = Locked(false)
}

/// The threads on which blocking tests run.
///
/// `@unchecked Sendable`: the jobs are used with the condition's lock held only.
final class TestThreads: TaskExecutor, @unchecked Sendable {
    static let shared = TestThreads(count: max(2, ProcessInfo.processInfo.activeProcessorCount))
    static let waiting = TestThreads(count: 4)

    private let condition = NSCondition()
    private var jobs: [UnownedJob] = []

    private init(count: Int) {
        for number in 0..<count {
            let thread = Thread { [self] in run() }
            thread.name = "blocking-tests-\(number)"
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        condition.withLock {
            jobs.append(job)
            condition.signal()
        }
    }

    private func run() {
        while true {
            let job = condition.withLock {
                while jobs.isEmpty { condition.wait() }
                return jobs.removeFirst()
            }
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }
}
