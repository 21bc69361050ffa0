internal import Logging
internal import Workceptor

/// Releasing the unit on the other node (work-units §4.5).
extension RemoteJob {
    /// Ends the unit here, then has the other node release its unit, however long that takes.
    ///
    /// - Returns: whether nothing is left there; `false` only when the task was cancelled.
    func release() async -> Bool {
        await note { $0.isReleased = true }
        unit.interrupt()
        await unit.status { $0.state.isComplete }
        guard let record = RemoteRecord(unit.extraData), let id = record.unitID else { return true }
        var delay = GrowingDelay(from: timings.firstDelay, to: timings.longestDelay)
        while !Task.isCancelled {
            let before = versions
            do {
                if try await askRelease(id, of: record) { return true }
                // It goes on with it; the next answer tells.
                unit.logger.info("the release is pending on the remote node", metadata: ["node": "\(record.node)"])
            } catch is CancellationError {
                return false
            } catch {
                failed(error)
            }
            unit.postpone(.release)
            try? await pause(&delay, since: before, for: record)
        }
        return false
    }
}
