import LinuxSystem
import Logging
import Synchronization

@testable import Workceptor

/// A client of a node that remembers what it was told.
final class Client: Sendable {
    /// What it was told of one unit.
    struct Told: Sendable, Hashable {
        var isAccepted = false
        var end: UnitState?
        var isCancelled = false
        var isCancelPending = false
        /// Whether it asked for the release, whatever it heard.
        var wantsRelease = false
        var isReleased = false
        var isReleasePending = false
    }

    static let payload = Array("the whole payload".utf8)
    let workceptor: Workceptor
    private let told = Mutex<[UnitID: Told]>([:])

    init(_ workceptor: Workceptor) { self.workceptor = workceptor }

    var all: [UnitID: Told] { told.withLock { $0 } }

    private func note(_ unit: WorkUnit, _ change: (inout Told) -> Void) {
        told.withLock { change(&$0[unit.id, default: Told()]) }
    }

    func admit() async throws -> UnitIntake {
        let request = SubmitRequest(node: "localhost", workType: "ledger")
        let intake = try await workceptor.admit(request, from: Principal(.unixSocket(nil)))
        note(intake.unit) { _ in }
        try await intake.append(Array(Self.payload.prefix(5)))
        try await intake.append(Array(Self.payload.dropFirst(5)))
        return intake
    }

    func start(_ intake: UnitIntake) async throws {
        _ = try await intake.start()
        note(intake.unit) { $0.isAccepted = true }
    }

    func submit() async throws -> WorkUnit {
        let intake = try await admit()
        try await start(intake)
        return intake.unit
    }

    func watch(_ unit: WorkUnit) async {
        let status = await unit.status { $0.state.isComplete }
        if status.state.isComplete { note(unit) { $0.end = status.state } }
    }

    func cancel(_ unit: WorkUnit) async throws {
        switch try await workceptor.cancel(unit) {
        case .done:
            note(unit) { $0.isCancelled = unit.knownStatus.state == .canceled }
            await watch(unit)
        case .pending: note(unit) { $0.isCancelPending = true }
        }
    }

    func release(_ unit: WorkUnit) async throws {
        note(unit) { $0.wantsRelease = true }
        switch try await workceptor.release(unit) {
        case .done: note(unit) { $0.isReleased = true }
        case .pending: note(unit) { $0.isReleasePending = true }
        }
    }
}
