import DiskSimulation
import Glibc
import JSON
import LinuxSystem
import Synchronization
import TaskSupport

@testable import Workceptor

/// Work whose effects must happen once, with a record of it on a simulated disk, as the command plugin's runner keeps
/// one. What it did is written in a ledger that no power cut takes back.
final class LedgerWork: WorkType {
    /// What was done for one unit.
    struct Entry: Sendable {
        var runs = 0
        var payload: [UInt8] = []
    }

    /// Whether units end only when they are cancelled.
    let isEndless: Bool
    private let disk: SimulatedDisk
    private let entries = Mutex<[UnitID: Entry]>([:])
    private let cancels = ChangeSignal()

    init(disk: SimulatedDisk, isEndless: Bool) {
        self.disk = disk
        self.isEndless = isEndless
    }

    var gracePeriod: Duration { .seconds(20) }

    subscript(id: UnitID) -> Entry { entries.withLock { $0[id] ?? Entry() } }

    func run(_ unit: WorkUnit) async throws -> UnitOutcome {
        try claim(unit)
        let payload = try payload(of: unit)
        entries.withLock { entries in
            entries[unit.id, default: Entry()].runs += 1
            entries[unit.id]?.payload = payload
        }
        await unit.running(detail: "Running")
        let output = try unit.openOutputForAppending()
        try disk.write(payload, to: output)
        try disk.synchronize(output)
        while isEndless, case let version = cancels.version, !unit.isCancelRequested {
            await cancels.changed(since: version)
            try Task.checkCancellation()
        }
        try write("end", for: unit, flags: O_WRONLY | O_APPEND)
        return isEndless ? .canceled() : .succeeded()
    }

    func recover(_ unit: WorkUnit) async throws -> UnitOutcome {
        guard let record = try record(of: unit) else { return .failed("The node stopped before the work was started") }
        guard record.hasSuffix("end") else { return .failed("The machine was restarted while the work ran") }
        return isEndless ? .canceled() : .succeeded()
    }

    func cancel(_ unit: WorkUnit) { cancels.notify() }

    // MARK: The record

    private func name(_ unit: WorkUnit) -> String { "foo/\(unit.id)/runner" }

    private func root() throws(SystemError) -> Descriptor { try disk.open("/", in: nil, flags: O_RDONLY) }

    private func claim(_ unit: WorkUnit) throws {
        try write("claim", for: unit, flags: O_WRONLY | O_CREAT | O_EXCL)
        try disk.synchronize(try disk.open("foo/\(unit.id)", in: try root(), flags: O_RDONLY | O_DIRECTORY))
    }

    private func write(_ text: String, for unit: WorkUnit, flags: Int32) throws {
        let file = try disk.open(name(unit), in: try root(), flags: flags)
        try disk.write(Array(text.utf8), to: file)
        try disk.synchronize(file)
    }

    private func record(of unit: WorkUnit) throws -> String? {
        do throws(SystemError) {
            let file = try disk.open(name(unit), in: try root(), flags: O_RDONLY)
            return String(decoding: try disk.read(file, upTo: 100), as: UTF8.self)
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    private func payload(of unit: WorkUnit) throws -> [UInt8] {
        let file = try unit.openPayload()
        var bytes: [UInt8] = []
        while case let part = try file.read(upTo: 4096), !part.isEmpty { bytes += part }
        return bytes
    }
}

/// The plugin of ``LedgerWork``.
struct LedgerPlugin: WorkTypePlugin {
    struct Settings: WorkTypeSettings {
        static let keys: [SettingKey] = []
    }

    let name = "ledger"
    let summary = "for tests"
    let work: LedgerWork

    func makeWorkType(named name: String, settings: Settings) -> any WorkType { work }
}
