internal import ControlProtocol
internal import LinuxSystem
internal import Logging
internal import Workceptor

/// The output of units (control-protocol §4).
extension ControlSession {
    /// Sends a unit's output from a position on, and what it still writes, until it is complete.
    func streamResults(of id: String, from start: Int64, signature: String?) async throws {
        let unit = try context.workceptor.unit(id)
        try context.workceptor.checkSignature(signature, for: unit, from: transport.principal)
        let file: Descriptor
        do throws(SystemError) {
            file = try await context.workceptor.environment.disk.run(for: unit.id) { () throws(SystemError) in
                try unit.openOutput()
            }
        } catch {
            // Released meanwhile.
            guard !(error.isNotFound && unit.isReleased) else { throw WorkError.unknownUnit("\(unit.id)") }
            throw WorkError(.storage, "cannot read the results of unit \(unit.id)", cause: error)
        }
        guard become(.interruptible) else { return }
        try await write("\(ControlReply.streamingResults(of: "\(unit.id)"))\n")
        let registration = unit.status.state.isComplete ? nil : unit.followOutput()
        defer { if let registration { unit.unfollowOutput(registration) } }
        var position = start
        var longest: Int64 = 0
        while !Task.isCancelled {
            let version = unit.version
            let status = unit.status
            let size = try file.size
            guard size >= longest else {
                // What follows at the position is not what would have followed.
                logger.warning("the output became shorter, the stream ends", metadata: ["unit": "\(unit.id)"])
                return
            }
            longest = size
            let available = min(size, status.state.isComplete ? status.stdoutSize : .max)
            if position < available {
                do {
                    try await transport.send(file, from: position, count: available - position)
                } catch  where (try? file.size) ?? .max < available {
                    logger.warning("the output became shorter, the stream ends", metadata: ["unit": "\(unit.id)"])
                    return
                }
                position = available
            } else if status.state.isComplete || unit.isReleased {
                return
            } else {
                await unit.changed(since: version)
            }
        }
    }
}
