import ControlClient

/// Writes the output of a unit until the unit is complete and all of it is written, over as many connections as that
/// takes.
struct UnitFollower {
    private let unitID: String
    private let output: CInt
    private let connect: (_ interruption: Interruption?) throws -> ControlConnection
    private let signals: SignalPipe?
    private let note: (String) -> Void

    private let start: Int64
    private var position: Int64
    private var stream: ResultsStream?
    private var delay = ReconnectDelay()
    private var hasConnected: Bool
    private var hasNotedLoss = false
    private var stalls = 0
    private var cancelledOn: CInt?
    /// Whether the node has still to be told to cancel the unit.
    private var mustCancel = false

    private static let statusInterval: Duration = .milliseconds(500)
    private static let maximumStalls = 3

    /// A follower.
    ///
    /// - Parameters:
    ///   - unitID: the unit.
    ///   - position: where in its output to start, in bytes.
    ///   - output: where to write it.
    ///   - isKnown: whether the node has been talked to already; if not, a first connection that fails is an error.
    ///   - signals: signals on which the unit is cancelled, on the second of which the follower leaves.
    ///   - connect: makes a connection to the node.
    ///   - note: tells the operator something.
    init(
        unitID: String,
        from position: Int64 = 0,
        output: CInt,
        isKnown: Bool = false,
        signals: SignalPipe? = nil,
        connect: @escaping (_ interruption: Interruption?) throws -> ControlConnection,
        note: @escaping (String) -> Void
    ) {
        self.unitID = unitID
        start = position
        self.position = position
        self.output = output
        self.signals = signals
        self.connect = connect
        self.note = note
        hasConnected = isKnown
    }

    /// Follows the unit to its end.
    mutating func run() throws -> FollowResult {
        while true {
            do {
                if let status = try step() { return FollowResult(status: status, cancelledOn: cancelledOn) }
            } catch let error as ControlError where error.code == .interrupted {
                try takeSignals()
            } catch let error as ControlError where hasConnected && error.isPassing {
                try reconnectLater()
            }
        }
    }

    /// Writes what there is to write on one connection.
    ///
    /// - Returns: the status of the unit when all is done.
    private mutating func step() throws -> ListedUnit? {
        if mustCancel { try cancel() }
        let present = try stream ?? openStream()
        stream = present
        let before = position
        // A node may never end the stream of a unit that is cancelled, so then its status is asked for, too.
        let deadline = cancelledOn.map { _ in ContinuousClock.now + Self.statusInterval }
        let hasEnded: Bool
        do {
            defer { position = present.position }
            hasEnded = try present.copy(to: output, deadline: deadline)
        }
        if position > before { delay.reset() }
        if hasEnded { stream = nil }
        let status = try connect(signals?.interruption).unitStatus(of: unitID)
        if status.isComplete, position >= status.stdoutSize {
            if position > max(start, status.stdoutSize) { noteDifference(status) }
            return status
        }
        if hasEnded, position > status.stdoutSize {
            note("Unit \(unitID) has shortened its output. What it has now follows from the beginning.")
            position = 0
        } else if hasEnded {
            try handleEarlyEnd(status, hasProgressed: position > before)
        }
        return nil
    }

    private func noteDifference(_ status: ListedUnit) {
        note(
            """
            Unit \(unitID) ended with \(status.stdoutSize) bytes of output, and \(position) are here: what it left behind \
            goes on writing, or it has shortened its output.
            """
        )
    }

    private mutating func openStream() throws -> ResultsStream {
        let connection = try connect(signals?.interruption)
        hasConnected = true
        return try ResultsStream(of: unitID, from: position, over: connection)
    }

    private mutating func handleEarlyEnd(_ status: ListedUnit, hasProgressed: Bool) throws {
        guard status.isComplete else { return try reconnectLater() }
        stalls = hasProgressed ? 0 : stalls + 1
        guard stalls < Self.maximumStalls else {
            throw CommandFailure(
                "The node sends no more output of unit \(unitID), although it has \(status.stdoutSize) bytes"
            )
        }
    }

    private mutating func reconnectLater() throws {
        stream = nil
        if !hasNotedLoss {
            hasNotedLoss = true
            note("Lost the connection to the node. Unit \(unitID) goes on; trying to reconnect.")
        }
        if Pause.wait(delay.next(), interruption: signals?.interruption) == .interrupted { try takeSignals() }
    }

    /// The first signal cancels the unit, the next one leaves it alone and ends us.
    private mutating func takeSignals() throws {
        for signal in signals?.take() ?? [] {
            guard cancelledOn == nil else {
                throw CommandFailure("Left unit \(unitID) before it ended", exitCode: .signal(signal))
            }
            cancelledOn = signal
            mustCancel = true
            note("Cancelling unit \(unitID) and waiting for its end. Once more to leave at once.")
        }
    }

    private mutating func cancel() throws {
        do {
            let outcome = try connect(signals?.interruption).cancel(unitID).outcome
            if outcome != "cancelled" { note("Unit \(unitID): \(outcome)") }
        } catch let error as ControlError where error.code == .refused {
            note("Unit \(unitID) could not be cancelled: \(error.message.withoutControlCharacters)")
        }
        mustCancel = false
    }
}

extension ControlError {
    /// Whether the same may work a little later.
    fileprivate var isPassing: Bool { [.connectionLost, .unreachable, .timedOut].contains(code) }
}

extension ControlConnection {
    /// The status of a unit.
    func unitStatus(of unitID: String) throws(ControlError) -> ListedUnit {
        try ListedUnit(unitID: unitID, status(of: unitID))
    }
}
