import Foundation

/// Reads a descriptor to its end on a thread of its own, and wakes those who wait for what comes.
///
/// `@unchecked Sendable`: what was read, and whether it ended, are used with the condition's lock held only.
final class Collector: @unchecked Sendable {
    private let condition = NSCondition()
    private var bytes: [UInt8] = []
    private var isAtEnd = false

    /// Takes the descriptor over.
    init(_ descriptor: Int32) {
        let thread = Thread { [self] in collect(descriptor) }
        thread.stackSize = 256 << 10
        thread.start()
    }

    private func collect(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            condition.withLock {
                if count > 0 { bytes.append(contentsOf: buffer[..<count]) } else { isAtEnd = true }
                condition.broadcast()
            }
            guard count > 0 else { break }
        }
        close(descriptor)
    }

    /// What came so far.
    var content: [UInt8] { condition.withLock { bytes } }

    /// What came so far, as text.
    var text: String { String(decoding: content, as: UTF8.self) }

    /// Waits until the text satisfies the condition or the end came; whether it is satisfied.
    func wait(_ seconds: Double = patience, until isSatisfied: (String) -> Bool) -> Bool {
        let deadline = Deadline(in: seconds)
        return condition.withLock {
            while true {
                let seen = bytes.count
                if isSatisfied(String(decoding: bytes, as: UTF8.self)) { return true }
                while bytes.count == seen {
                    if isAtEnd || deadline.isPast { return false }
                    _ = condition.wait(until: Date(timeIntervalSinceNow: deadline.nextSlice))
                }
            }
        }
    }

    /// Waits for the end.
    func waitForEnd(_ seconds: Double = patience) -> Bool {
        let deadline = Deadline(in: seconds)
        return condition.withLock {
            while !isAtEnd {
                if deadline.isPast { return false }
                _ = condition.wait(until: Date(timeIntervalSinceNow: deadline.nextSlice))
            }
            return true
        }
    }
}
