import Foundation

/// Something that happens again and again.
///
/// `@unchecked Sendable`: the count is read and written with the condition's lock held only.
final class Signal: @unchecked Sendable {
    private let condition = NSCondition()
    private var happened = 0

    /// How often it happened.
    var count: Int { condition.withLock { happened } }

    func send() {
        condition.withLock {
            happened += 1
            condition.broadcast()
        }
    }

    /// Waits until it happened more often than so; `false` when the time is over.
    func wait(since count: Int, _ seconds: Double) -> Bool {
        let deadline = Deadline(in: seconds)
        return condition.withLock {
            while happened <= count {
                if deadline.isPast { return false }
                _ = condition.wait(until: Date(timeIntervalSinceNow: deadline.nextSlice))
            }
            return true
        }
    }
}
