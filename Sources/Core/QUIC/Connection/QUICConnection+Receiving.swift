import CQUIC

extension QUICConnection {
    // MARK: Reading

    /// Moves bytes that have arrived into a buffer, and allows the peer to send as many more.
    ///
    /// Read until ``QUICReadResult/pending``: only then the next ``QUICEvent/readable(_:)`` comes. Once the end was
    /// returned, the stream may be forgotten.
    ///
    /// - Parameter buffer: not empty.
    /// - Throws: ``QUICError/Code/unknownStream`` when there is no such stream, or it was stopped.
    public func read(
        from id: QUICStreamID,
        into buffer: UnsafeMutableRawBufferPointer
    ) throws(QUICError) -> QUICReadResult {
        guard let stream = streams[id], stream.receiving != .stopped else {
            throw QUICError(.unknownStream, "there is no stream \(id) to read from")
        }
        let count = stream.incoming.read(into: buffer)
        if count > 0 {
            allow(count, on: stream)
            return .bytes(count)
        }
        let result = end(of: stream)
        if result == .pending {
            stream.isReadable = false
        } else {
            stream.isReadToEnd = true
            forgetIfPossible(stream)
        }
        return result
    }

    /// How many bytes have arrived and wait to be read.
    public func readableBytes(on id: QUICStreamID) -> Int { streams[id]?.incoming.count ?? 0 }

    /// Drops what has arrived and asks the peer to send no more of the stream. Writing goes on.
    ///
    /// - Parameter code: the application's code for the peer, below 2⁶².
    public func stopReading(_ id: QUICStreamID, code: UInt64) {
        guard let stream = streams[id], stream.receiving != .stopped else { return }
        let dropped = stream.incoming.removeAll()
        let wasOpen = stream.receiving == .open
        stream.receiving = .stopped
        if isOpen {
            cq_extend_connection_credit(handle, UInt64(dropped))
            if wasOpen { cq_stop_sending(handle, id.rawValue, min(code, 1 << 62 - 1)) }
        }
        forgetIfPossible(stream)
    }

    private func allow(_ count: Int, on stream: StreamState) {
        guard isOpen else { return }
        cq_extend_connection_credit(handle, UInt64(count))
        if stream.receiving == .open { cq_extend_stream_credit(handle, stream.id.rawValue, UInt64(count)) }
    }

    private func end(of stream: StreamState) -> QUICReadResult {
        switch stream.receiving {
        case .open, .stopped: isOpen ? .pending : .connectionClosed
        case .complete: .finished
        case .reset(let code): .reset(code)
        }
    }

    // MARK: What the peer says

    func streamOpened(_ id: QUICStreamID) {
        streams[id] = StreamState(id: id, isLocal: false, account: account)
        events.append(.streamOpened(id))
    }

    func streamReceived(_ bytes: UnsafeRawBufferPointer, isLast: Bool, on id: QUICStreamID) {
        guard let stream = streams[id], stream.receiving == .open else {
            // Nobody will read these, but they count against what the peer may send.
            return cq_extend_connection_credit(handle, UInt64(bytes.count))
        }
        if !bytes.isEmpty { table?.opened(self) }
        stream.incoming.append(bytes)
        if isLast { stream.receiving = .complete }
        if isLast || !bytes.isEmpty { tellReadable(stream) }
    }

    func streamReset(_ id: QUICStreamID, code: UInt64) {
        guard let stream = streams[id], stream.receiving == .open else { return }
        cq_extend_connection_credit(handle, UInt64(stream.incoming.removeAll()))
        stream.receiving = .reset(code)
        tellReadable(stream)
    }

    func streamClosed(_ id: QUICStreamID) {
        guard let stream = streams[id] else { return }
        stream.isClosed = true
        stream.outgoing = SendQueue()
        // A peer that stops a stream may do so in the packet that closes it.
        if stream.sending == .open || stream.sending == .finishing { abandonStopped(stream) }
        events.append(.streamClosed(id))
        forgetIfPossible(stream)
    }

    private func tellReadable(_ stream: StreamState) {
        guard !stream.isReadable else { return }
        stream.isReadable = true
        events.append(.readable(stream.id))
    }

    /// Forgets a stream that nobody can ask for, and allows the peer one in its place.
    private func forgetIfPossible(_ stream: StreamState) {
        guard stream.isForgettable, streams.removeValue(forKey: stream.id) != nil else { return }
        if !stream.isLocal, isOpen { cq_extend_streams(handle) }
    }
}
