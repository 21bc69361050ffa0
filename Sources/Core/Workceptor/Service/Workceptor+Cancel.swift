internal import Logging

/// Cancelling units.
extension Workceptor {
    /// Asks for the end of a unit and waits for it, at most the grace time of its work type.
    ///
    /// - Throws: ``WorkError``, when the work cannot be asked to end, or the disk does not take the request.
    public func cancel(_ unit: WorkUnit) async throws(WorkError) -> Answer {
        unit.logger.info("cancel requested")
        let postponements = unit.postponements(of: .end)
        if let error = await unit.perform(unit.change { $0.machine.cancelled() }) { throw error }
        let isOver = await Self.first(within: Self.gracePeriod(of: unit)) {
            await unit.state { state -> Bool? in
                if state.machine.state.isComplete || state.machine.isRemoved { return true }
                return state.activity.postponements[.end] ?? 0 > postponements ? false : nil
            }
        }
        if isOver ?? false { return .done }
        do { try await remember(unit) { $0.isCancelRequested = true } } catch {
            // Somebody may have released the unit meanwhile, and its files go from under the write.
            guard unit.isReleased else { throw error }
            return .done
        }
        return .pending
    }

    static func gracePeriod(of unit: WorkUnit) -> Duration { unit.type?.gracePeriod ?? .seconds(5) }

    /// Brings to the disk what a client is about to hear of a request that is pending, so that a restart knows of it.
    func remember(_ unit: WorkUnit, _ change: (inout AdmissionRecord) -> Void) async throws(WorkError) {
        unit.change { state in
            guard var admission = state.admission else { return }
            change(&admission)
            state.admission = admission
        }
        do { try await unit.persist(.durably) } catch {
            unit.retryPersisting(after: error)
            throw WorkError(.storage, "cannot write down that the request is pending", cause: error)
        }
    }
}
