import CQUIC

extension QUICConnection {
    // MARK: Writing

    /// Opens a stream. The peer learns of it with the first bytes, or with its end.
    ///
    /// - Throws: ``QUICError/Code/streamLimitReached`` before the handshake is completed and while the peer allows no
    ///   more; ``QUICEvent/streamsAvailable`` tells when it does.
    public func openStream() throws(QUICError) -> QUICStreamID {
        guard isOpen else { throw QUICError(.connectionClosed, "the connection is closed") }
        let id = QUICStreamID(rawValue: isEstablished ? cq_open_stream(handle) : -1)
        guard id.rawValue >= 0 else {
            throw QUICError(.streamLimitReached, "the peer allows no more streams at present")
        }
        streams[id] = StreamState(id: id, isLocal: true, account: account)
        return id
    }

    /// Queues the first of these bytes, as many as there is room for.
    ///
    /// - Returns: how many bytes were taken. When that is not all, ``QUICEvent/writable(_:)`` tells when to go on.
    /// - Throws: ``QUICError/Code/streamNotWritable``, ``QUICError/Code/unknownStream``,
    ///   ``QUICError/Code/connectionClosed``.
    public func write(_ bytes: UnsafeRawBufferPointer, to id: QUICStreamID) throws(QUICError) -> Int {
        let stream = try writableStream(id)
        let promised = stream.promised
        stream.promise(0)
        var taken = 0
        while taken < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
            let room = min(rest.count, max(room(on: stream), promised - taken))
            guard room > 0 else { break }
            taken += stream.outgoing.append(atMost: room) { space in
                space.copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(space.count)))
                return space.count
            }
        }
        stream.wantsRoom = taken < bytes.count
        scheduleIfNeeded(stream)
        return taken
    }

    /// Ends this side of a stream: the peer sees the end behind everything that was written. Reading goes on.
    ///
    /// - Throws: as ``write(_:to:)``.
    public func finish(_ id: QUICStreamID) throws(QUICError) {
        let stream = try writableStream(id)
        stream.promise(0)
        stream.sending = .finishing
        stream.wantsRoom = false
        scheduleIfNeeded(stream)
    }

    /// Gives up sending on a stream: what was written and has not arrived is dropped. Reading goes on.
    ///
    /// - Parameter code: the application's code for the peer, below 2⁶².
    public func reset(_ id: QUICStreamID, code: UInt64) {
        guard isOpen, let stream = streams[id], stream.sending != .abandoned, !stream.isClosed else { return }
        stream.promise(0)
        // The memory is kept until the stream is closed: packets that are on their way refer to it.
        stream.sending = .abandoned
        cq_reset_stream(handle, id.rawValue, min(code, 1 << 62 - 1))
    }

    private func writableStream(_ id: QUICStreamID) throws(QUICError) -> StreamState {
        guard isOpen else { throw QUICError(.connectionClosed, "the connection is closed") }
        guard let stream = streams[id] else { throw QUICError(.unknownStream, "there is no stream \(id)") }
        guard stream.sending == .open else {
            throw QUICError(.streamNotWritable, "nothing can be written to stream \(id) any more")
        }
        return stream
    }

    /// How many bytes the next write may have, so that it is worth the while; when it is zero, ``QUICEvent/writable(_:)``
    /// tells when there is room. It is kept for that write: others are not promised the same.
    ///
    /// - Parameter limit: how many bytes there are to write.
    /// - Throws: as ``write(_:to:)``.
    public func room(on id: QUICStreamID, atMost limit: Int) throws(QUICError) -> Int {
        let stream = try writableStream(id)
        stream.promise(0)
        stream.wantsRoom = !isHalfEmpty(stream)
        guard !stream.wantsRoom else { return 0 }
        let room = min(limit, room(on: stream))
        stream.promise(room)
        return room
    }

    private func room(on stream: StreamState) -> Int { max(0, limit(of: stream) - stream.outgoing.count) }

    /// What a stream may keep at present.
    private func limit(of stream: StreamState) -> Int {
        guard let account else { return configuration.sendQueueLimit }
        let share = max(configuration.smallestSendQueueLimit, stream.outgoing.count + account.room)
        return min(configuration.sendQueueLimit, share)
    }

    private func isHalfEmpty(_ stream: StreamState) -> Bool { stream.outgoing.count <= limit(of: stream) / 2 }

    // MARK: Turns

    private func scheduleIfNeeded(_ stream: StreamState) {
        guard stream.hasSomethingToSend, !stream.isScheduled, !stream.isBlocked else { return }
        stream.isScheduled = true
        schedule.append(stream)
    }

    /// The stream whose turn it is, taken from the schedule.
    ///
    /// While the peer allows no more bytes on the connection, only ends of streams can go out.
    func nextScheduledStream() -> StreamState? {
        let hasCredit = !schedule.isEmpty && cq_connection_credit(handle) > 0
        for _ in 0..<schedule.count {
            guard let stream = schedule.popFirst() else { break }
            stream.isScheduled = false
            guard stream.hasSomethingToSend, !stream.isBlocked else { continue }
            if hasCredit || stream.outgoing.unsent == 0 { return stream }
            stream.isScheduled = true
            schedule.append(stream)
        }
        return nil
    }

    /// Puts a stream back: behind the others when its bytes went out, else before them.
    func reschedule(_ stream: StreamState, hadItsTurn: Bool) {
        guard stream.hasSomethingToSend else { return }
        stream.isScheduled = true
        if hadItsTurn { schedule.append(stream) } else { schedule.prepend(stream) }
    }

    /// Calls a closure with the stream's unsent bytes, enough for one packet, and whether its end is behind them.
    func withSlices(
        of stream: StreamState,
        limit: Int,
        _ body: (UnsafeMutableBufferPointer<cq_slice>, Bool) -> Int
    ) -> Int {
        withUnsafeTemporaryAllocation(of: cq_slice.self, capacity: Int(CQ_MAXIMUM_SLICES)) { slices in
            var count = 0
            var bytes = 0
            stream.outgoing.forEachUnsent { piece in
                let slice = cq_slice(bytes: piece.baseAddress?.assumingMemoryBound(to: UInt8.self), count: piece.count)
                slices.initializeElement(at: count, to: slice)
                count += 1
                bytes += piece.count
                return count < slices.count && bytes < limit
            }
            let isLast = stream.sending == .finishing && bytes == stream.outgoing.unsent
            return body(UnsafeMutableBufferPointer(rebasing: slices[..<count]), isLast)
        }
    }

    // MARK: What the peer says

    func streamAcknowledged(_ id: QUICStreamID, upTo offset: UInt64) {
        guard let stream = streams[id] else { return }
        stream.outgoing.acknowledge(upTo: offset)
        // Not for every packet: a writer that is woken finds room worth the while.
        guard stream.wantsRoom, isHalfEmpty(stream) else { return }
        stream.wantsRoom = false
        if stream.sending == .open { events.append(.writable(id)) }
    }

    func streamUnblocked(_ id: QUICStreamID) {
        guard let stream = streams[id], stream.isBlocked else { return }
        stream.isBlocked = false
        scheduleIfNeeded(stream)
    }

    /// Looks for streams that the peer does not want any more.
    func noticeStoppedStreams() {
        for stream in streams.values where stream.sending == .open || stream.sending == .finishing {
            if !stream.isClosed, cq_is_stopped(handle, stream.id.rawValue) { abandonStopped(stream) }
        }
    }

    func abandonStopped(_ stream: StreamState) {
        guard stream.sending == .open || stream.sending == .finishing else { return }
        stream.promise(0)
        stream.sending = .abandoned
        stream.wantsRoom = false
        events.append(.stopped(stream.id))
    }
}
