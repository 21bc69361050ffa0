import LinuxSystem
import JSON
import Synchronization
import TaskSupport
import Workceptor

@testable import RemotePlugin

/// Another node's control service, in memory: it keeps units whose life the test decides.
final class FakeNode: Sendable {
    struct Unit: Sendable {
        var state = UnitState.pending
        var detail = "Waiting for Input Data"
        var workType: String
        var parameters: [String: String]
        var payload: [UInt8] = []
        var stdout: [UInt8] = []
        /// What the status says of the output's size; `nil` for the truth.
        var claimedSize: Int64?
        var starts = 0
    }

    /// Ends a unit at once with its payload as output.
    static let ending: @Sendable (inout Unit) -> Void = { unit in
        unit.stdout = unit.payload
        unit.state = .succeeded
        unit.detail = "exit status 0"
    }

    /// What goes wrong with the next submit.
    enum Fault: Sendable {
        case beforeID
        /// Behind the ID: this node notices and fails the unit, or does not notice.
        case afterID(isNoticed: Bool)
        /// The payload is there and the unit was started.
        case beforeReply
        /// The payload is there, but the unit was not started, and nobody will.
        case beforeStart
    }

    struct State: Sendable {
        var greeting: String
        var units: [String: Unit] = [:]
        var faults: [Fault] = []
        /// By subcommand; `whole results` for those from the beginning only, `fingerprint` for requests
        /// for one.
        var refusals: [String: String] = [:]
        var commands: [JSONObject] = []
        var nextID = 0
        /// Runs when a unit has started; ends it at once with its payload as output unless a test says otherwise.
        var onStart: @Sendable (inout Unit) -> Void = ending
        /// Output streams break after so many bytes, once each.
        var outputBreaks: [Int] = []
        /// Whether output streams of cancelled units never end, as Receptor's do.
        var isReceptor = false
        /// Whether it tells fingerprints of outputs, which Receptor does not.
        var givesFingerprints = true
        /// What it tells instead of the truth.
        var fingerprint: String?
        var connections = 0
        var reply = "Job Started"
        /// The whole line in its place.
        var replyLine: String?
        var cancelEnds = true
        /// Payloads of units whose cancel is not answered for now.
        var stubborn: Set<String> = []
        /// What all commands are answered with: a line that never ends.
        var unfinished: String?
        /// Lines that commands are answered with instead, once each.
        var lies: [String: [String]] = [:]
        /// Every unit that was ever started, by payload.
        var startedPayloads: [String] = []
    }

    let name: String
    private let state: Mutex<State>
    private let changes = ChangeSignal()

    init(_ name: String = "bar") {
        self.name = name
        state = Mutex(State(greeting: "Receptor Control, node \(name)"))
    }

    /// Reads or changes what the node knows.
    @discardableResult
    func with<Value: Sendable>(_ body: (inout State) -> Value) -> Value {
        let value = state.withLock { state in body(&state) }
        changes.notify()
        return value
    }

    /// Changes the only unit.
    func withUnit(_ body: (inout Unit) -> Void) {
        with { state in
            for id in state.units.keys {
                state.units[id].map { unit in
                    var unit = unit; body(&unit); state.units[id] = unit
                }
            }
        }
    }

    /// Waits until the node is in a condition.
    func until(_ isSatisfied: (State) -> Bool) async {
        await changes.changed { isSatisfied(state.withLock { $0 }) }
    }

    /// The subcommands that came, in order.
    var subcommands: [String] { with { $0.commands.compactMap { $0["subcommand"]?.string } } }

    /// Serves one connection in a task of its own.
    func serve(input: BytePipe, output: BytePipe, tear: @escaping @Sendable () -> Void) {
        with { $0.connections += 1 }
        Task {
            do { try await converse(input, output, tear) } catch {}
            output.end()
            with { $0.connections -= 1 }
        }
    }

    /// Waits until all connections have ended, which have broken.
    func untilAlone() async {
        with { _ in }
        await until { $0.connections == 0 }
    }

    private func converse(_ input: BytePipe, _ output: BytePipe, _ tear: @Sendable () -> Void) async throws {
        try output.write(Array("\(with { $0.greeting })\n".utf8))
        var buffer = ByteLines(limit: 1 << 20)
        while true {
            guard let line = try buffer.nextText() else {
                guard let part = try await input.read() else { return }
                part.withUnsafeBytes { buffer.append($0) }
                continue
            }
            guard let request = try JSONValue(parsing: line).object, let command = request["subcommand"]?.string
            else { return }
            with { $0.commands.append(request) }
            if let unfinished = with({ $0.unfinished }) {
                try output.write(Array(unfinished.utf8))
                continue
            }
            let isWhole = request["startpos"]?.integer == 0
            let kind = request["fingerprintkey"] != nil ? "fingerprint" : isWhole ? "whole \(command)" : command
            if let refusal = with({ $0.refusals[command] ?? $0.refusals[kind] }) {
                try output.write(Array("ERROR: \(refusal)\n".utf8))
                continue
            }
            if let lie = with({ $0.lies[command]?.popLast() }) {
                try output.write(Array("\(lie)\n".utf8))
                continue
            }
            if command == "submit" {
                return try await submit(request, buffer.takeRest(), input, output, tear)
            }
            let id = request["unitid"]?.string ?? ""
            guard let unit = with({ $0.units[id] }) else {
                try output.write(Array("ERROR: unknown work unit \(id)\n".utf8))
                continue
            }
            if command == "results" {
                return try await stream(id, from: Int(request["startpos"]?.integer ?? 0), output, tear)
            }
            if command == "status", let fingerprint = fingerprint(of: unit, for: request) {
                var status = answer(command, id, unit).object ?? [:]
                status["StdoutFingerprint"] = .string(fingerprint)
                try output.write(Array((JSONValue.object(status).serialized + "\n").utf8))
                continue
            }
            let payload = String(decoding: unit.payload, as: UTF8.self)
            if command == "cancel" { await until { !$0.stubborn.contains(payload) } }
            let reply = answer(command, id, unit)
            try output.write(Array((reply.serialized + "\n").utf8))
        }
    }

    /// Computed with OpenSSL's other interface for it.
    private func fingerprint(of unit: Unit, for request: JSONObject) -> String? {
        let (isGiven, lie) = with { ($0.givesFingerprints, $0.fingerprint) }
        guard isGiven, unit.state.isComplete, let key = request["fingerprintkey"]?.string else { return nil }
        let size = unit.claimedSize ?? Int64(unit.stdout.count)
        guard request["fingerprintsize"]?.integer == size else { return nil }
        return lie ?? gmac(of: Array(unit.stdout.prefix(Int(size))), key: key)
    }

    private func answer(_ command: String, _ id: String, _ unit: Unit) -> JSONValue {
        switch command {
        case "cancel":
            with { state in
                guard state.cancelEnds, state.units[id]?.state.isComplete == false else { return }
                state.units[id]?.state = .canceled
                state.units[id]?.detail = "Canceled"
            }
            return ["cancelled": .string(id)]
        case "release":
            with { $0.units[id] = nil }
            return ["released": .string(id)]
        default:
            return [
                "State": .integer(Int64(unit.state.rawValue)), "StateName": .string(unit.state.name),
                "Detail": .string(unit.detail),
                "StdoutSize": .integer(unit.claimedSize ?? Int64(unit.stdout.count)),
                "WorkType": .string(unit.workType), "ExtraData": nil,
            ]
        }
    }

    private func submit(
        _ request: JSONObject,
        _ early: [UInt8],
        _ input: BytePipe,
        _ output: BytePipe,
        _ tear: @Sendable () -> Void
    ) async throws {
        let fault = with { $0.faults.isEmpty ? nil : $0.faults.removeFirst() }
        if case .beforeID = fault { return tear() }
        let fixed: Set = ["command", "subcommand", "node", "worktype", "tlsclient", "signature"]
        let parameters = request.members.filter { !fixed.contains($0.name) }
        let id = with { state in
            state.nextID += 1
            let id = "unit000\(state.nextID)"
            state.units[id] = Unit(
                workType: request["worktype"]?.string ?? "",
                parameters: Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.string ?? "") })
            )
            return id
        }
        try output.write(Array("Work unit created with ID \(id). Send stdin data and EOF.\n".utf8))
        if case .afterID(let isNoticed) = fault {
            _ = try await input.read()
            if isNoticed { abandon(id) }
            return tear()
        }
        var payload = early
        do {
            while let part = try await input.read() { payload += part }
        } catch {
            abandon(id)
            throw error
        }
        if case .beforeStart = fault {
            abandon(id)
            return tear()
        }
        with { state in
            guard var unit = state.units[id], !unit.state.isComplete else { return }
            unit.payload = payload
            unit.state = .running
            unit.detail = "Running: PID 7"
            unit.starts += 1
            state.startedPayloads.append(String(decoding: payload, as: UTF8.self))
            state.onStart(&unit)
            state.units[id] = unit
        }
        if case .beforeReply = fault { return tear() }
        let reply: JSONValue = ["result": .string(with { $0.reply }), "unitid": .string(id)]
        try output.write(Array("\(with { $0.replyLine } ?? reply.serialized)\n".utf8))
    }

    private func abandon(_ id: String) {
        with { state in
            guard state.units[id]?.state.isComplete == false else { return }
            state.units[id]?.state = .failed
            state.units[id]?.detail = "The connection broke before the payload was complete"
        }
    }

    private func stream(_ id: String, from start: Int, _ output: BytePipe, _ tear: @Sendable () -> Void) async throws {
        try output.write(Array("Streaming results for work unit \(id)\n".utf8))
        var position = start
        var longest = 0
        while true {
            let version = changes.version
            guard let unit = state.withLock({ $0.units[id] }), unit.stdout.count >= longest else { return }
            longest = unit.stdout.count
            if position < unit.stdout.count {
                let limit = state.withLock { $0.outputBreaks.isEmpty ? nil : $0.outputBreaks.removeFirst() }
                let end = limit.map { min(unit.stdout.count, position + $0) } ?? unit.stdout.count
                try output.write(Array(unit.stdout[position..<end]))
                position = end
                if limit != nil {
                    // What was sent arrives before the break.
                    while !output.isDrained, !Task.isCancelled { await Task.yield() }
                    return tear()
                }
            } else if unit.state.isComplete, !(state.withLock { $0.isReceptor } && unit.state == .canceled) {
                return
            } else {
                try output.write([])
                await changes.changed(since: version)
            }
        }
    }
}
