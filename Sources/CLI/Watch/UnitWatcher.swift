import ControlClient
import Glibc
import JSON
import TimeFormats

/// Looks at the units of a node again and again and shows what becomes of them.
struct UnitWatcher {
    /// The units that are watched; all of them when empty.
    let unitIDs: [String]
    /// The time between two looks.
    let interval: Duration
    let signals: SignalPipe
    let connect: (_ interruption: Interruption?) throws -> ControlConnection

    private var connection: ControlConnection?
    private var units: [ListedUnit] = []
    private var title = ""
    private var problem: String?
    private var hasLooked = false

    init(
        unitIDs: [String],
        interval: Duration,
        signals: SignalPipe,
        connect: @escaping (_ interruption: Interruption?) throws -> ControlConnection
    ) {
        self.unitIDs = unitIDs
        self.interval = interval
        self.signals = signals
        self.connect = connect
    }

    // MARK: On a terminal

    /// Shows a table that is kept up to date, until `q` or a signal.
    mutating func showTable(on channel: OutputChannel) throws {
        try look()
        let mode = TerminalMode(.keys, of: STDIN_FILENO)
        // The alternate screen, without a cursor: what was on the terminal comes back afterwards.
        try channel.write("\u{1B}[?1049h\u{1B}[?25l")
        defer { try? channel.write("\u{1B}[?25h\u{1B}[?1049l") }
        let hasKeys = mode != nil
        repeat { try draw(on: channel) } while try isToGoOn(input: hasKeys ? STDIN_FILENO : nil)
        _ = consume mode
    }

    private func draw(on channel: OutputChannel) throws {
        let size = channel.size
        let screen = WatchScreen(units: units, now: WallClock.now, title: title, problem: problem)
        let lines = screen.lines(columns: size.columns, rows: size.rows, usesColour: channel.usesColour)
        // Written over the old picture rather than after erasing it, which would flicker.
        try channel.write("\u{1B}[H" + lines.map { $0 + "\u{1B}[K" }.joined(separator: "\r\n") + "\u{1B}[J")
    }

    /// Waits for the next look and takes it, or finds that the operator has had enough.
    private mutating func isToGoOn(input: CInt?) throws -> Bool {
        let end = Pause.wait(interval, interruption: signals.interruption, input: input)
        switch end {
        case .timePassed: try lookAgain()
        case .interrupted: return signals.take().allSatisfy { $0 == SIGWINCH }
        case .inputReady: return !Self.isQuit(STDIN_FILENO)
        }
        return true
    }

    private static func isQuit(_ descriptor: CInt) -> Bool {
        let keys = [UInt8](unsafeUninitializedCapacity: 64) { space, count in
            count = max(0, read(descriptor, space.baseAddress, space.count))
        }
        // No keys: the terminal is gone. 4 is Ctrl-D.
        return keys.isEmpty || keys.contains { $0 == UInt8(ascii: "q") || $0 == UInt8(ascii: "Q") || $0 == 4 }
    }

    // MARK: Elsewhere

    /// Writes a line for each change, until a signal, or until all units that were named are complete or gone.
    mutating func writeChanges(to channel: OutputChannel) throws {
        var changes = UnitChanges()
        try look()
        while true {
            let now = Timestamp(unixSeconds: WallClock.now).text
            if problem == nil { try changes.update(units).forEach { try channel.print("\(now) \($0)") } }
            if !unitIDs.isEmpty, problem == nil, units.allSatisfy(\.isComplete) { return }
            guard Pause.wait(interval, interruption: signals.interruption) == .timePassed else { return }
            try lookAgain()
        }
    }

    // MARK: Looking

    private mutating func look() throws {
        let present = try connection ?? connect(nil)
        connection = present
        let listed = try present.listUnits(withTimes: true).members
        units = try listed.filter { unitIDs.isEmpty || unitIDs.contains($0.name) }
            .map { try ListedUnit(unitID: $0.name, $0.value) }
        title = "Work units of \(present.nodeID)"
        let missing = unitIDs.filter { unitID in !units.contains { $0.unitID == unitID } }
        // A unit that was there may have been released; one that never was is a mistake.
        guard hasLooked || missing.isEmpty else {
            throw ControlError(.refused, "unknown work unit \(missing.joined(separator: ", "))")
        }
        hasLooked = true
        problem = nil
    }

    /// A node that is restarted is waited for.
    private mutating func lookAgain() throws {
        do {
            try look()
        } catch let error as ControlError where error.code != .outputClosed {
            connection = nil
            problem = "\(error.message) (trying again)"
        }
    }
}
