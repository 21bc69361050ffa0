internal import ControlProtocol
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
        /// Whether what is here is to be replaced by what the unit has.
        var isStale = false
        /// Whether the other node has not given the end of what is here again yet.
        var isUnverified = false
        /// Whether a stream of the output has come to its end.
        var hasEnded = false
        /// Whether that was before the output's.
        var hasEndedEarly = false
        /// How many bytes were compared with what the ended unit has.
        var compared: Int64 = 0
        var isExamined = false
        /// How many times in a row nothing came of it.
        var failedExaminations = 0
        /// What the other node said last of the output, and what it was asked.
        var fingerprint: (request: FingerprintRequest, text: String)?
        var lacksFingerprints = false
        var isConfirmed = false
        /// How many times what was here at the unit's end was another output.
        var differences = 0
        var refusal: String?
        var streams = 0

        var isWhole: Bool { !isStale && !isUnverified && expected.map { size >= $0 } ?? false }
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

    /// Tells how much output is here when a stream begins that gives the last of it again, and what follows.
    func resumes(at size: Int64) { state.withLock { ($0.size, $0.isUnverified) = (size, size > 0) } }

    /// Tells that the stream broke: the unit may have written its output anew before the next one begins.
    func streamBroke() { state.withLock { $0.isUnverified = $0.size > 0 } }

    /// Tells that what the stream gave again is the same.
    func verified() { change { $0.isUnverified = false } }

    /// Tells how much output is here.
    func has(_ size: Int64) {
        change { state in
            if size > state.size {
                (state.vainEnds, state.stalls) = (0, 0)
                if state.hasEnded { state.hasEndedEarly = true }
            }
            state.size = size
        }
    }

    private func change(_ change: (inout State) -> Void) {
        let isWhole = state.withLock { state in
            change(&state)
            return state.isWhole
        }
        if isWhole { changes.notify() }
    }

    /// Tells how much output the ended unit has.
    func expect(_ size: Int64) { state.withLock { $0.expected = size } }

    /// Whether a stream of the output has come to its end.
    var hasEnded: Bool { state.withLock(\.hasEnded) }

    /// Tells that the unit went on then: it had shortened its output, and may have written as much again since.
    func endedEarly() { state.withLock { $0.hasEndedEarly = true } }

    /// How much output is here.
    var size: Int64 { state.withLock(\.size) }

    // MARK: Comparison

    /// Tells the fingerprint that came with the state of the ended unit; `nil` when none did.
    func tells(_ fingerprint: String?, for request: FingerprintRequest?) {
        state.withLock { state in
            guard let request else { return }
            state.fingerprint = fingerprint.map { (request, $0) }
            // It was asked for the whole output of a unit that has ended.
            if fingerprint == nil, request.size == state.expected { state.lacksFingerprints = true }
        }
    }

    /// What ``tells(_:for:)`` was told, once: what is compared afterwards is another output.
    func takeFingerprint() -> (request: FingerprintRequest, text: String)? {
        state.withLock { state in
            defer { state.fingerprint = nil }
            return state.fingerprint
        }
    }

    /// Tells that the other node gives no fingerprints, as Receptor.
    func givesNoFingerprints() { state.withLock { $0.lacksFingerprints = true } }

    /// Whether it gives none.
    var lacksFingerprints: Bool { state.withLock(\.lacksFingerprints) }

    /// Tells that the fingerprints are the same.
    func confirmed() { state.withLock { $0.isConfirmed = true } }

    /// Whether they are: then the other node has also counted right.
    var isConfirmed: Bool { state.withLock(\.isConfirmed) }

    /// Tells that what is here is not what the ended unit has.
    ///
    /// - Returns: whether to copy it again: what the unit left behind may go on writing for ever.
    func differed() -> Bool {
        state.withLock { state in
            state.differences += 1
            return state.differences < 4
        }
    }

    /// Whether somebody has to look whether what is here is what the ended unit has: a stream ended early, or more is
    /// here, because the unit has shortened its output or what it left behind went on writing.
    var isDoubted: Bool {
        state.withLock { state in
            !state.isExamined && (state.hasEndedEarly || state.expected.map { state.size > $0 } ?? false)
        }
    }

    /// How many bytes were compared, and are the same.
    var compared: Int64 { state.withLock(\.compared) }

    /// Tells that so many are.
    func compared(to position: Int64) {
        state.withLock { state in
            if position > state.compared { (state.compared, state.failedExaminations) = (position, 0) }
        }
    }

    /// Tells that the comparison came to its end.
    func examined() { state.withLock { $0.isExamined = true } }

    /// Tells that the other node does not let anybody compare. After a few times there is no hope.
    ///
    /// - Returns: whether there is any.
    func examinationFailed() -> Bool {
        state.withLock { state in
            state.failedExaminations += 1
            return state.failedExaminations < 5
        }
    }

    /// Tells that what is here is not what the unit has.
    func isNotTheSame() { state.withLock { $0.isStale = true } }

    /// Tells that the output is copied anew from now on.
    func beganAnew() {
        state.withLock { state in
            // What has ended is compared once only: what it left behind may write for ever.
            if state.expected == nil { state.isExamined = false }
            (state.isStale, state.isUnverified, state.hasEnded, state.hasEndedEarly) = (false, false, false, false)
            (state.size, state.compared) = (0, 0)
        }
    }

    /// Tells that there is no more output to be had now.
    func outputEnded(refusal: String? = nil) {
        state.withLock { state in
            state.refusal = refusal
            if refusal == nil { state.hasEnded = true }
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
