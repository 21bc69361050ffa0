/// What a runner does about its command and what that started: decides, and does nothing itself.
///
/// After a cancel request, or after the command's end where its order says so, everything is asked to end, and killed
/// when four fifths of the grace time are over. What even that does not end, such as a process that waits for a dead
/// disk, is tried for five more seconds; from then on only the command itself is waited for, as long as the daemon has
/// patience with the runner.
public struct Supervision: Sendable, Hashable {
    /// What is to be done now.
    public enum Action: Sendable, Hashable {
        /// Write down that the cancel request came before the command's end.
        case recordCancel
        /// Ask everything that was started to end.
        case terminate
        /// Kill everything that was started.
        case kill
        /// Be done: this is how the command ended.
        case finish(RunnerRecord.End)
    }

    private enum Phase: Hashable {
        case running
        /// Everything has been asked to end; it is killed from this time on, this many times.
        case ending(killAt: Int64, killsLeft: Int)
        /// What was killed in vain is left to itself.
        case givenUp
    }

    /// Milliseconds between two kills of what is still there: it may be starting new processes.
    static let killInterval: Int64 = 50
    /// How many times it is killed.
    static let kills = 100
    /// The longest grace time, in milliseconds: an hour is what the configuration allows.
    public static let longestGrace = 3_600_000

    /// The milliseconds from a cancel request until the last kill.
    ///
    /// - Parameter graceMilliseconds: as of the order.
    public static func longestEnding(graceMilliseconds: Int) -> Int64 {
        untilKill(graceMilliseconds) + Int64(kills) * killInterval
    }

    private static func untilKill(_ graceMilliseconds: Int) -> Int64 {
        Int64(min(max(0, graceMilliseconds), longestGrace)) * 4 / 5
    }

    private let graceMilliseconds: Int
    private let endsAll: Bool
    private var phase = Phase.running
    private var end: RunnerRecord.End?

    /// - Parameters:
    ///   - graceMilliseconds: from the request until everything is to be gone.
    ///   - endsAll: whether the command's end is itself such a request to what it left behind.
    public init(graceMilliseconds: Int, endsAll: Bool) {
        self.graceMilliseconds = graceMilliseconds
        self.endsAll = endsAll
    }

    /// When ``tick(now:)`` is to be called next, in milliseconds of the clock that `now` is of; `nil` for never.
    public var deadline: Int64? {
        guard case .ending(let killAt, _) = phase else { return nil }
        return killAt
    }

    /// Takes in a cancel request.
    public mutating func cancel(now: Int64) -> [Action] {
        guard case .running = phase, end == nil else { return [] }
        return [.recordCancel] + beginEnding(now: now)
    }

    /// Takes in what was reaped.
    ///
    /// - Parameters:
    ///   - commandEnd: how the command ended, if it was among them.
    ///   - isAlone: whether no process is left of all that was started.
    public mutating func reaped(commandEnd: RunnerRecord.End?, isAlone: Bool, now: Int64) -> [Action] {
        if let commandEnd { end = commandEnd }
        guard let end else { return [] }
        if isAlone { return [.finish(end)] }
        switch phase {
        case .running: return endsAll ? beginEnding(now: now) : [.finish(end)]
        case .ending: return []
        case .givenUp: return [.finish(end)]
        }
    }

    /// Takes in that the time is what it is.
    public mutating func tick(now: Int64) -> [Action] {
        guard case .ending(let killAt, let killsLeft) = phase, now >= killAt else { return [] }
        if killsLeft > 0 {
            phase = .ending(killAt: now + Self.killInterval, killsLeft: killsLeft - 1)
            return [.kill]
        }
        phase = .givenUp
        return end.map { [.finish($0)] } ?? []
    }

    private mutating func beginEnding(now: Int64) -> [Action] {
        phase = .ending(killAt: now + Self.untilKill(graceMilliseconds), killsLeft: Self.kills)
        return [.terminate]
    }
}
