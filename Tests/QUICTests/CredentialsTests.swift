import QUIC
import Testing

@Suite struct `Credentials` {
    private func trust(
        _ nodeID: String?,
        authority: String = TestCertificates.authority,
        fingerprints: [[UInt8]] = []
    ) throws -> QUICPeerVerification.Trust {
        QUICPeerVerification.Trust(
            authorities: try QUICAuthorities(pem: authority),
            nodeID: nodeID,
            fingerprints: fingerprints.compactMap(QUICFingerprint.init)
        )
    }

    /// What the dialer says of a listener's certificate; `nil` when it accepts it.
    private func refusal(
        of identity: QUICIdentity,
        by verification: QUICPeerVerification
    ) throws -> QUICError? {
        let network = try VirtualNetwork(listenerIdentity: identity, dialerVerification: verification)
        try network.run { network.isConnected || network.dialer.closure != nil }
        return network.dialer.closure?.error
    }

    /// What a listener says of a dialer's certificate; `nil` when it accepts it.
    private func refusal(
        ofDialer identity: QUICIdentity?,
        by verification: QUICPeerVerification
    ) throws -> QUICError? {
        let network = try VirtualNetwork(
            dialerIdentity: identity,
            listenerIdentity: TestCertificates.server,
            dialerVerification: .server(try trust("foo")),
            listenerVerification: verification
        )
        try network.run { network.listener?.closure != nil || network.listener?.connection.isEstablished == true }
        return try network.accepted().closure?.error
    }

    @Test func `of a listener without configuration are a fresh key and the common name`() throws {
        let identity = try QUICIdentity.selfSigned()
        #expect(identity.certificatePEM.hasPrefix("-----BEGIN CERTIFICATE-----"))
        #expect(identity.privateKeyPEM.contains("PRIVATE KEY-----"))
        #expect(try QUICIdentity.selfSigned().privateKeyPEM != identity.privateKeyPEM)
        _ = try QUICCredentials(identity)
    }

    @Test func `that do not belong together are refused`() throws {
        let one = try QUICIdentity.selfSigned()
        let other = try QUICIdentity.selfSigned()
        for broken in [
            QUICIdentity(certificatePEM: one.certificatePEM, privateKeyPEM: other.privateKeyPEM),
            QUICIdentity(certificatePEM: "nonsense", privateKeyPEM: one.privateKeyPEM),
            QUICIdentity(certificatePEM: one.certificatePEM, privateKeyPEM: ""),
        ] {
            #expect { _ = try QUICCredentials(broken) } throws: { ($0 as? QUICError)?.code == .invalidCredentials }
        }
        #expect { _ = try QUICAuthorities(pem: "nonsense") } throws: {
            ($0 as? QUICError)?.code == .invalidCredentials
        }
    }

    @Test func `of the right authority for the right node are accepted`() throws {
        for node in ["foo", "foo2", nil] {
            #expect(try refusal(of: TestCertificates.server, by: .server(trust(node))) == nil)
        }
    }

    @Test func `for another node are refused, with both nodes in the error`() throws {
        let error = try refusal(of: TestCertificates.server, by: .server(trust("bar")))
        #expect(error?.code == .certificateRefused)
        #expect(error?.message == "the server's certificate is not for node bar but for foo, foo2")
    }

    @Test func `of another authority are refused`() throws {
        let error = try refusal(of: TestCertificates.impostor, by: .server(trust("foo")))
        #expect(error?.code == .certificateRefused)
        #expect(error?.message.contains("refused:") == true)
        let insecure = try refusal(of: .selfSigned(), by: .server(trust(nil)))
        #expect(insecure?.code == .certificateRefused)
    }

    @Test func `made for the other side of TLS are refused`() throws {
        let error = try refusal(of: TestCertificates.client, by: .server(trust("bar")))
        #expect(error?.code == .certificateRefused)
    }

    @Test func `are accepted by their fingerprint, of either length, and by no other`() throws {
        let others: [[UInt8]] = [[UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 64)]
        for hash in [TestCertificates.serverSHA256, TestCertificates.serverSHA512] {
            let trust = try trust("foo", fingerprints: others + [hash])
            #expect(try refusal(of: TestCertificates.server, by: .server(trust)) == nil)
        }
        let error = try refusal(of: TestCertificates.server, by: .server(trust("foo", fingerprints: others)))
        #expect(error?.code == .certificateRefused)
        #expect(QUICFingerprint([1, 2, 3]) == nil)
    }

    @Test func `of dialers are checked where the listener asks for them`() throws {
        let bar = try trust("bar")
        let client = TestCertificates.client
        #expect(try refusal(ofDialer: client, by: .client(bar, isRequired: true)) == nil)
        #expect(try refusal(ofDialer: client, by: .none) == nil)
        #expect(try refusal(ofDialer: nil, by: .client(bar, isRequired: false)) == nil)
        #expect(try refusal(ofDialer: nil, by: .client(bar, isRequired: true)) != nil)
        let wrongNode = try refusal(ofDialer: client, by: .client(trust("foo"), isRequired: false))
        #expect(wrongNode?.message == "the client's certificate is not for node foo but for bar")
        let wrongSide = try refusal(ofDialer: TestCertificates.server, by: .client(trust("foo"), isRequired: true))
        #expect(wrongSide?.code == .certificateRefused)
    }
}
