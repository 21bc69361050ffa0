import CQUIC

extension QUICConnection {
    /// What the C side calls while it reads, writes or handles its timer.
    ///
    /// None of these acts on the connection: they note what happened, and the call that they came from goes on.
    static let callbacks = cq_callbacks(
        stream_opened: { context, stream in QUICConnection.from(context)?.streamOpened(QUICStreamID(rawValue: stream))
        },
        stream_data: { context, stream, bytes, count, isLast in
            QUICConnection.from(context)?.streamReceived(
                UnsafeRawBufferPointer(start: bytes, count: count),
                isLast: isLast,
                on: QUICStreamID(rawValue: stream)
            )
        },
        stream_acknowledged: { context, stream, offset in
            QUICConnection.from(context)?.streamAcknowledged(QUICStreamID(rawValue: stream), upTo: offset)
        },
        stream_credit: { context, stream in
            QUICConnection.from(context)?.streamUnblocked(QUICStreamID(rawValue: stream))
        },
        stream_reset: { context, stream, code in
            QUICConnection.from(context)?.streamReset(QUICStreamID(rawValue: stream), code: code)
        },
        stream_closed: { context, stream in
            QUICConnection.from(context)?.streamClosed(QUICStreamID(rawValue: stream))
        },
        streams_available: { context in QUICConnection.from(context)?.events.append(.streamsAvailable) },
        handshake_completed: { context in QUICConnection.from(context)?.handshakeCompleted() },
        handshake_confirmed: { context in QUICConnection.from(context)?.isConfirmed = true },
        connection_id_added: { context, id in
            guard let id else { return }
            QUICConnection.from(context)?.register(QUICConnectionID(id.pointee))
        },
        connection_id_removed: { context, id in
            guard let id else { return }
            QUICConnection.from(context)?.unregister(QUICConnectionID(id.pointee))
        },
        verify: { context, chain, count in
            guard let connection = QUICConnection.from(context) else { return false }
            return !connection.refuse(UnsafeBufferPointer(start: chain, count: count))
        }
    )

    private static func from(_ context: UnsafeMutableRawPointer?) -> QUICConnection? {
        context.map { Unmanaged<QUICConnection>.fromOpaque($0).takeUnretainedValue() }
    }

    private func handshakeCompleted() {
        guard phase == .handshaking else { return }
        phase = .established
        events.append(.handshakeCompleted)
    }

    // MARK: Connection IDs

    func register(_ id: QUICConnectionID) {
        guard let table, registeredIDs.insert(id).inserted else { return }
        table[id] = self
    }

    func unregister(_ id: QUICConnectionID) {
        guard registeredIDs.remove(id) != nil else { return }
        table?[id] = nil
    }

    func unregisterAll() {
        for id in registeredIDs { table?[id] = nil }
        registeredIDs = []
    }
}
