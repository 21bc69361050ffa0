internal import Dispatch
internal import HeapModule
internal import Synchronization
internal import TimeFormats

/// Calls a function once a time is over, unless it is stopped before.
///
/// Nearly all are stopped, as time limits are. All alarms share one timer, which is only set when one is to go off before
/// all others, so that most come and go without a system call.
public struct Alarm: Sendable {
    private let id: UInt64

    /// - Parameters:
    ///   - time: how long to wait; at once when it is negative.
    ///   - action: called on a thread that all alarms share, so it must not block.
    public init(after time: Duration, _ action: @escaping @Sendable () -> Void) {
        id = AlarmClock.shared.add(after: time, action)
    }

    /// Forgets the function, unless the time is over.
    public func stop() { AlarmClock.shared.remove(id) }
}

/// All alarms.
private final class AlarmClock: Sendable {
    struct Entry: Comparable {
        /// Nanoseconds, as `DispatchTime` counts them.
        let time: UInt64
        let id: UInt64

        static func < (one: Entry, other: Entry) -> Bool { (one.time, one.id) < (other.time, other.id) }
    }

    struct State {
        var nextID: UInt64 = 0
        /// Those that were stopped are still in it, half of it at most.
        var entries: Heap<Entry> = []
        var alarms: [UInt64: (time: UInt64, action: @Sendable () -> Void)] = [:]
        let timer: any DispatchSourceTimer
        /// When the timer goes off.
        var timerTime = UInt64.max
    }

    static let shared = AlarmClock()
    /// Fewer entries than this are not worth sorting anew.
    private static let leastEntries = 64

    private let state: Mutex<State>

    init() {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "workceptor.timers"))
        timer.setEventHandler { AlarmClock.shared.ring() }
        timer.activate()
        state = Mutex(State(timer: timer))
    }

    func add(after time: Duration, _ action: @escaping @Sendable () -> Void) -> UInt64 {
        let (now, delay) = (DispatchTime.now().uptimeNanoseconds, max(time, .zero).clampedNanoseconds)
        return state.withLock { state in
            // More than this means another clock to the dispatcher.
            let entry = Entry(time: min(now + UInt64(delay), UInt64(Int64.max)), id: state.nextID)
            state.nextID += 1
            state.alarms[entry.id] = (entry.time, action)
            state.entries.insert(entry)
            set(&state, to: entry.time)
            return entry.id
        }
    }

    /// Has the timer go off at that time, if it would later.
    private func set(_ state: inout State, to time: UInt64) {
        guard time < state.timerTime else { return }
        state.timerTime = time
        state.timer.schedule(deadline: DispatchTime(uptimeNanoseconds: time))
    }

    func remove(_ id: UInt64) {
        // Given up outside of the lock: what it holds may end with it, and stop alarms.
        let alarm = state.withLock { state in
            let alarm = state.alarms.removeValue(forKey: id)
            if state.entries.count > max(Self.leastEntries, 2 * state.alarms.count) {
                state.entries = Heap(state.alarms.map { Entry(time: $1.time, id: $0) })
            }
            return alarm
        }
        withExtendedLifetime(alarm) {}
    }

    /// Calls what is due.
    private func ring() {
        let now = DispatchTime.now().uptimeNanoseconds
        let due = state.withLock { state in
            var due: [@Sendable () -> Void] = []
            state.timerTime = .max
            while let first = state.entries.min {
                if state.alarms[first.id] != nil && first.time > now {
                    set(&state, to: first.time)
                    break
                }
                state.entries.removeMin()
                if let alarm = state.alarms.removeValue(forKey: first.id) { due.append(alarm.action) }
            }
            return due
        }
        for action in due { action() }
    }
}
