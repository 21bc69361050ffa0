internal import ControlProtocol
internal import JSON
internal import LinuxSystem
internal import NIOCore
internal import Workceptor

/// Taking in work (control-protocol §3).
extension ControlSession {
    /// - Returns: whether the session goes on.
    func submit(_ request: SubmitRequest, early: ByteBuffer) async throws -> Bool {
        let intake = try await context.workceptor.admit(request, from: transport.principal)
        do {
            try await write("\(ControlReply.unitCreated("\(intake.unit.id)"))\n")
            if let refusal = try await takePayload(early, for: intake) {
                try await refuse("\(refusal)")
                return false
            }
        } catch {
            let reason =
                if isMakingRoom {
                    "The client had to make room for others before its payload was complete"
                } else if isEnding {
                    "The node stopped before the payload was complete"
                } else {
                    "The client disconnected before its payload was complete"
                }
            await intake.abandon(reason)
            throw error
        }
        guard await transport.isClientPresent() else {
            await intake.abandon("The client disconnected before its payload was complete")
            return false
        }
        let result = try await intake.start()
        let reply: JSONValue = [
            "result": result == .started ? "Job Started" : "Job Submitted", "unitid": .string("\(intake.unit.id)"),
        ]
        try await write(reply.serialized + "\n")
        return true
    }

    /// Stores the payload, until it is complete or nobody wants it any more, however slowly the client sends.
    ///
    /// - Returns: why it is not wanted; `nil` when it is complete.
    private func takePayload(_ early: ByteBuffer, for intake: UnitIntake) async throws -> WorkError? {
        try await withThrowingTaskGroup(of: WorkError?.self) { group in
            group.addTask(executorPreference: transport.executor) {
                do {
                    try await self.storePayload(early, in: intake)
                    return nil
                } catch let error as WorkError {
                    return error
                }
            }
            group.addTask {
                let refusal = await intake.isRefused()
                try Task.checkCancellation()
                return refusal
            }
            defer { group.cancelAll() }
            return try await group.next() ?? nil
        }
    }

    private func storePayload(_ early: ByteBuffer, in intake: UnitIntake) async throws {
        if early.readableBytes > 0 { try await store(early, in: intake) }
        // The next part is read while the last one is written.
        var part = try await transport.read()
        while let current = part {
            async let next = transport.read()
            try await store(current, in: intake)
            part = try await next
        }
    }

    private func store(_ part: ByteBuffer, in intake: UnitIntake) async throws(WorkError) {
        try await intake.append { write throws(SystemError) in
            let result: Result<Void, SystemError> = part.withUnsafeReadableBytes { bytes in
                Result { () throws(SystemError) in try write(bytes) }
            }
            try result.get()
        }
    }
}
