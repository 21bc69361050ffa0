import CQUIC
internal import ShownText
internal import TimeFormats

extension QUICConnection {
    /// Ends the connection for what a call returned.
    func end(_ status: cq_status) {
        guard isOpen else { return }
        switch status {
        case CQ_CLOSED_BY_PEER: beginDraining(peerClosure)
        case CQ_DROPPED:
            let text = "the first packets were not a QUIC handshake"
            leaveOpen(for: .finished, failure(QUICError(.protocolViolation, text)))
        case CQ_IDLE_TIMEOUT where phase == .established:
            let text = "nothing came from the peer for \(seconds(configuration.idleTimeout))"
            leaveOpen(for: .finished, failure(QUICError(.idleTimedOut, text)))
        case CQ_IDLE_TIMEOUT, CQ_HANDSHAKE_TIMEOUT:
            let limit = configuration.handshakeIdleTimeout
            let text =
                latest < start + limit * 2
                ? "the peer did not answer for \(seconds(limit))"
                : "the handshake took longer than \(seconds(limit * 2))"
            leaveOpen(for: .finished, failure(QUICError(.handshakeTimedOut, text)))
        default: beginClosing(localFailure)
        }
    }

    /// Goes from open to one of the phases after it.
    func leaveOpen(for next: Phase, _ closure: QUICClosure) {
        guard isOpen else { return }
        schedule.removeAll()
        events.append(.closed(closure))
        if next == .finished { return finish() }
        table?.opened(self)
        phase = next
    }

    /// Ends a connection that others need the place of; the peer is not told.
    func drop() {
        leaveOpen(for: .finished, failure(QUICError(.connectionClosed, "too many connections were begun after it")))
    }

    /// Ends everything that is left.
    func finish() {
        guard phase != .finished else { return }
        table?.opened(self)
        phase = .finished
        unregisterAll()
        table?.ended(self)
    }

    // MARK: Words

    private func failure(_ error: QUICError) -> QUICClosure {
        QUICClosure(origin: .failure, code: 0, reason: error.message, error: error)
    }

    private var localFailure: QUICClosure {
        var closure = cq_closure()
        cq_failure(handle, &closure)
        let error: QUICError
        if let refusal {
            error = refusal
        } else if let alert = Self.alert(in: closure) {
            error = QUICError(.handshakeFailed, "TLS handshake failed: \(alert)")
        } else {
            error = QUICError(.protocolViolation, "QUIC failed: \(Self.reason(in: closure))")
        }
        return QUICClosure(origin: .failure, code: closure.code, reason: error.message, error: error)
    }

    private var peerClosure: QUICClosure {
        var closure = cq_closure()
        cq_peer_closure(handle, &closure)
        let reason = Self.reason(in: closure)
        let origin = closure.is_application ? QUICClosure.Origin.peerApplication : .peerTransport
        let error: QUICError?
        if closure.is_application {
            let text = "closed by the peer with code \(closure.code)\(reason.isEmpty ? "" : ": \(reason)")"
            error = closure.code == QUICClosure.normalCode ? nil : QUICError(.closedByPeer, text)
        } else if closure.is_stateless_reset {
            error = QUICError(.closedByPeer, "the peer does not know the connection any more")
        } else if closure.code == UInt64(CQ_CONNECTION_REFUSED) {
            error = QUICError(.closedByPeer, "the peer refuses the connection\(reason.isEmpty ? "" : ": \(reason)")")
        } else if let alert = Self.alert(in: closure) {
            let detail = reason.isEmpty ? alert : "\(alert): \(reason)"
            error = QUICError(.handshakeFailed, "the peer refused the TLS handshake: \(detail)")
        } else {
            let text = "the peer ended the connection with QUIC error 0x\(String(closure.code, radix: 16))"
            error = QUICError(.closedByPeer, reason.isEmpty ? text : "\(text): \(reason)")
        }
        return QUICClosure(origin: origin, code: closure.code, reason: reason, error: error)
    }

    /// TLS alerts are QUIC's errors from 0x100 to 0x1ff (RFC 9001 §4.8).
    private static func alert(in closure: cq_closure) -> String? {
        guard !closure.is_application, (0x100...0x1ff).contains(closure.code) else { return nil }
        return String(cString: cq_alert_text(UInt8(truncatingIfNeeded: closure.code)))
    }

    /// What the closure says, without anything that could break a line of a log.
    private static func reason(in closure: cq_closure) -> String {
        let text = withUnsafeBytes(of: closure.reason) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isShown ? $0 : " " }))
    }

    private func seconds(_ duration: Duration) -> String { "\(duration.wholeSeconds) s" }
}
