internal import Synchronization
internal import TaskSupport

/// What the tasks that follow one unit know together of its output.
final class OutputProgress: Sendable {
    private struct State {
        /// Bytes of output that are here.
        var size: Int64 = 0
        /// Bytes of output that the ended unit has.
        var expected: Int64?
        /// How many times in a row the ended unit's output came to an end, or was refused, without its last bytes.
        var vainEnds = 0
        /// How many times in a row nothing of the ended unit's output came for a while.
        var stalls = 0
        /// Whether what is here is to be replaced by what the ended unit has.
        var isStale = false
        var isExamined = false
        var failedExaminations = 0
        var refusal: String?
        var streams = 0

        var isWhole: Bool { !isStale && expected.map { size >= $0 } ?? false }
    }

    private let state = Mutex(State())
    /// Notified when there is reason to look at the unit's state: its output ended, it was cancelled.
    let changes = ChangeSignal()
    /// Notified when the stream of the output is to be another one.
    let renewals = ChangeSignal()

    /// Tells that output comes from now on.
    func streamBegan() { state.withLock { $0.streams += 1 } }

    /// How many times ``streamBegan()`` was told.
    var streams: Int { state.withLock { $0.streams } }

    /// Tells how much output is here.
    func has(_ size: Int64) {
        let isWhole = state.withLock { state in
            if size > state.size { (state.vainEnds, state.stalls) = (0, 0) }
            state.size = size
            return state.isWhole
        }
        if isWhole { changes.notify() }
    }

    /// Tells how much output the ended unit has.
    ///
    /// - Returns: whether more is here, and nobody has looked yet whether it is the same: the unit has shortened its
    ///   output, or what it left behind went on writing.
    func expect(_ size: Int64) -> Bool {
        state.withLock { state in
            state.expected = size
            return state.size > size && !state.isExamined
        }
    }

    /// Tells what came of that look.
    func examined(isSame: Bool) { state.withLock { ($0.isExamined, $0.isStale) = (true, !isSame) } }

    /// Tells that nothing came of it. After a few times what is here is taken for the same.
    func examinationFailed() {
        state.withLock { state in
            state.failedExaminations += 1
            state.isExamined = state.failedExaminations >= 5
        }
    }

    /// Whether nobody has to look any more: something came of it, or nothing came of it too often.
    var isExamined: Bool { state.withLock(\.isExamined) }

    /// Tells that the output is copied anew from now on.
    func beganAnew() { state.withLock { ($0.isStale, $0.size) = (false, 0) } }

    /// Tells that there is no more output to be had now.
    func outputEnded(refusal: String? = nil) {
        state.withLock { state in
            state.refusal = refusal
            if state.expected != nil, !state.isWhole { state.vainEnds += 1 }
        }
        changes.notify()
    }

    /// Tells that nothing of the ended unit's output came for a while.
    func stalled() {
        let isLong = state.withLock { state in
            state.stalls += 1
            return state.stalls % 3 == 0
        }
        if isLong { renewals.notify() }
    }

    /// Whether all output of the ended unit is here.
    var isWhole: Bool { state.withLock(\.isWhole) }

    /// Why the last bytes of the ended unit will never come, after a few attempts; `nil` while there is hope.
    var loss: String? {
        state.withLock { state in
            guard state.vainEnds >= 3 || state.stalls >= 9, let expected = state.expected else { return nil }
            return state.refusal ?? "\(state.isStale ? 0 : state.size) of \(expected) bytes of the output are there"
        }
    }
}
