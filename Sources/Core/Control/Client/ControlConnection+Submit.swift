import Glibc
public import JSON

/// Submitting work: control protocol, section 3.
extension ControlConnection {
    /// Asks for a unit. The node creates it and waits for its payload.
    ///
    /// - Returns: the ID of the unit.
    /// - Throws: ``ControlError``, of code `refused` when the node does not take the work.
    public func beginSubmit(_ request: SubmitRequest) throws(ControlError) -> String {
        if let name = request.illegalParameter {
            throw ControlError(.unsupported, "Duplicate or illegal parameter \(name)")
        }
        try send(.submit(request))
        let reply = try readLine()
        if let refusal = Self.refusal(in: reply) { throw refusal }
        guard let id = ControlReply.createdUnit(in: reply) else { throw unexpected(reply) }
        return id
    }

    /// Sends the payload of the unit that was just asked for, and ends the sending direction.
    ///
    /// - Parameters:
    ///   - payload: what to send.
    ///   - progress: called with the number of bytes sent so far, every now and then.
    /// - Throws: ``ControlError``, of code `refused` when the node breaks off and says why.
    public func sendPayload(
        _ payload: Payload,
        progress: (_ sent: Int64) -> Void = { _ in }
    ) throws(ControlError) {
        do {
            switch payload {
            case .bytes(let bytes):
                try send(bytes)
                progress(Int64(bytes.count))
            case .descriptor(let source):
                try PayloadCopy(source: source, socket: socket, interruption: interruption).run(progress: progress)
            }
        } catch {
            guard error.code == .connectionLost, let refusal = lastWords() else { throw error }
            throw refusal
        }
        socket.endWriting()
    }

    /// Reads what the node says once it has the payload.
    ///
    /// - Returns: the node's reply; `unitid` is the unit and `result` what became of it, such as `Job Started`.
    /// - Throws: ``ControlError``, of code `refused` when the work could not be started.
    public func finishSubmit() throws(ControlError) -> JSONValue { try readReply() }

    /// A node that breaks off says why before it closes: that line is worth more than "broken pipe".
    private func lastWords() -> ControlError? {
        guard let line = try? readLine(deadline: .now + .seconds(1)) else { return nil }
        return Self.refusal(in: line)
    }
}
