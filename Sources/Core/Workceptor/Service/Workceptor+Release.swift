internal import Logging

/// Releasing units.
extension Workceptor {
    /// Cancels a unit, then deletes it with its files, on this node and on the one that did the work (work-units §4.5).
    ///
    /// - Parameter isForced: whether the files go even if the unit does not end within its grace time.
    /// - Throws: ``WorkError``, when the files cannot be deleted.
    public func release(_ unit: WorkUnit, isForced: Bool = false) async throws(WorkError) -> Answer {
        unit.logger.info("release requested")
        let postponements = unit.postponements(of: .release)
        let actions = unit.change { state in
            state.activity.deletionError = nil
            return state.machine.released()
        }
        if let error = await unit.perform(actions), !isForced { throw error }
        let isOver = await Self.first(within: Self.gracePeriod(of: unit)) {
            await unit.state { state -> Bool? in
                if state.machine.isRemoved || Self.isDeletionOver(state) { return true }
                return state.activity.postponements[.release] ?? 0 > postponements ? false : nil
            }
        }
        // What is written about a unit whose files go may be lost with them.
        if isOver ?? false || unit.isReleased { return try await deletion(of: unit) }
        guard isForced else {
            do { try await remember(unit) { $0.isReleaseRequested = true } } catch {
                // The files may be going from under the write, because the other node is reached again.
                guard unit.isReleased else { throw error }
                return try await deletion(of: unit)
            }
            return .pending
        }
        if let error = await unit.perform(unit.change { $0.machine.releaseForced() }) { throw error }
        return try Self.answer(of: unit)
    }

    private static func isDeletionOver(_ state: WorkUnit.State) -> Bool {
        state.machine.files == .gone || state.activity.deletionError != nil
    }

    /// How long the disk may take, which may have much else to write.
    private static let deletionTime = Duration.seconds(5)

    /// Waits until the files of a unit that is over are gone.
    private func deletion(of unit: WorkUnit) async throws(WorkError) -> Answer {
        let isOver = await Self.first(within: Self.deletionTime) {
            await unit.state { Self.isDeletionOver($0) ? true : nil }
        }
        guard isOver ?? false else {
            throw WorkError(.unavailable, "the disk is slow to delete unit \(unit.id): ask again whether it is gone")
        }
        return try Self.answer(of: unit)
    }

    private static func answer(of unit: WorkUnit) throws(WorkError) -> Answer {
        let error = unit.change { state in
            defer { state.activity.deletionError = nil }
            return state.activity.deletionError
        }
        if let error { throw error }
        return .done
    }
}
