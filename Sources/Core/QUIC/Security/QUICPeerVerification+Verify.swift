import CQUIC

extension QUICPeerVerification {
    /// The object identifier of node IDs in certificates.
    private static let nodeIDObjectIdentifier = "1.3.6.1.4.1.2312.19.1"
    private static let longestName = 1024

    /// What a listener asks of dialers.
    var clientCertificate: cq_client_certificate {
        switch requirement {
        case .trustedClient(_, let isRequired):
            isRequired ? CQ_CLIENT_CERTIFICATE_REQUIRED : CQ_CLIENT_CERTIFICATE_REQUESTED
        case .nothing, .insecureServer, .trustedServer: CQ_CLIENT_CERTIFICATE_IGNORED
        }
    }

    /// Judges the certificates that a peer showed, in DER, its own first; returns why they are refused.
    func refusal(of chain: UnsafeBufferPointer<cq_slice>) -> QUICError? {
        switch requirement {
        case .nothing: nil
        case .insecureServer: Self.refusalAsInsecure(chain)
        case .trustedServer(let trust): Self.refusal(of: chain, trust: trust, isClient: false)
        case .trustedClient(let trust, let isRequired):
            chain.isEmpty && !isRequired ? nil : Self.refusal(of: chain, trust: trust, isClient: true)
        }
    }

    private static func refusalAsInsecure(_ chain: UnsafeBufferPointer<cq_slice>) -> QUICError? {
        if let own = chain.first, commonName(of: own) == QUICIdentity.insecureCommonName { return nil }
        return QUICError(.insecureConnectionToSecureService, "insecure connection to secure service")
    }

    private static func refusal(
        of chain: UnsafeBufferPointer<cq_slice>,
        trust: Trust,
        isClient: Bool
    ) -> QUICError? {
        let peer = isClient ? "client" : "server"
        guard let own = chain.first else { return QUICError(.certificateRefused, "the \(peer) shows no certificate") }
        guard trust.fingerprints.isEmpty || trust.fingerprints.contains(where: { isHash($0, of: own) }) else {
            return QUICError(.certificateRefused, "the \(peer)'s certificate has none of the pinned fingerprints")
        }
        if let reason = chainProblem(chain, authorities: trust.authorities, isClient: isClient) {
            return QUICError(.certificateRefused, "the \(peer)'s certificate is refused: \(reason)")
        }
        if let nodeID = trust.nodeID, !nodeIDs(in: own).contains(nodeID) {
            let shown = nodeIDs(in: own).sorted().joined(separator: ", ")
            return QUICError(
                .certificateRefused,
                "the \(peer)'s certificate is not for node \(nodeID) but for \(shown.isEmpty ? "no node" : shown)"
            )
        }
        return nil
    }

    private static func chainProblem(
        _ chain: UnsafeBufferPointer<cq_slice>,
        authorities: QUICAuthorities,
        isClient: Bool
    ) -> String? {
        var isTrusted = false
        let reason = text(capacity: 512) { buffer in
            isTrusted = cq_verify_chain(
                chain.baseAddress,
                chain.count,
                authorities.pem,
                isClient,
                buffer.baseAddress,
                buffer.count
            )
            return buffer.firstIndex(of: 0) ?? 0
        }
        return isTrusted ? nil : reason ?? "no reason given"
    }

    private static func commonName(of certificate: cq_slice) -> String? {
        text(capacity: longestName) { cq_common_name(certificate, $0.baseAddress, $0.count) }
    }

    /// The nodes that a certificate is for.
    private static func nodeIDs(in certificate: cq_slice) -> [String] {
        var found: [String] = []
        for index in 0... {
            var length = 0
            let name = text(capacity: longestName) { buffer in
                length = cq_other_name(
                    certificate,
                    nodeIDObjectIdentifier,
                    index,
                    buffer.baseAddress,
                    buffer.count
                )
                return length
            }
            guard length != -1 else { break }
            if let name { found.append(name) }
        }
        return found
    }

    private static func isHash(_ fingerprint: QUICFingerprint, of certificate: cq_slice) -> Bool {
        fingerprint.bytes.withUnsafeBufferPointer {
            cq_has_fingerprint(certificate, cq_slice(bytes: $0.baseAddress, count: $0.count))
        }
    }

    /// The text that a closure writes into memory, in UTF-8; `nil` when it returns a negative length.
    private static func text(capacity: Int, _ write: (UnsafeMutableBufferPointer<CChar>) -> Int) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: capacity) { buffer in
            buffer.initialize(repeating: 0)
            let length = write(buffer)
            guard length >= 0 else { return nil }
            return String(decoding: UnsafeRawBufferPointer(buffer).prefix(length), as: UTF8.self)
        }
    }
}
