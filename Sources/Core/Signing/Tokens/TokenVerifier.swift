/// Decides whether a signature that came with a command holds on this node: `work-verification`
/// (control-protocol §5).
///
/// RS512 with the configured key is the only way to sign that is accepted; the signature is checked before anything
/// that the claims say is read.
public struct TokenVerifier: Sendable {
    /// The longest token that is read, in bytes; one for a 4,096-bit key has about 800.
    public static let maximumTokenSize = 8 * 1024

    private let key: RSAPublicKey
    private let nodeID: String

    /// - Parameters:
    ///   - key: `work-verification: publickey`.
    ///   - nodeID: this node's ID, which a token must name.
    public init(key: RSAPublicKey, audience nodeID: String) {
        self.key = key
        self.nodeID = nodeID
    }

    /// Returns when the token holds.
    ///
    /// - Parameters:
    ///   - token: the `signature` field of a command.
    ///   - now: seconds since 1970.
    /// - Throws: ``SignatureProblem``, worded for the operator and safe to send to the client.
    public func verify(_ token: String, now: Int64) throws(SignatureProblem) {
        let bytes = Array(token.utf8.prefix(Self.maximumTokenSize + 1))
        guard !bytes.isEmpty else { throw .malformed("it is empty") }
        guard bytes.count <= Self.maximumTokenSize else {
            throw .malformed("it is longer than \(Self.maximumTokenSize) bytes")
        }
        let parts = bytes.split(separator: UInt8(ascii: "."), maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3 else { throw .malformed("it does not have three parts") }
        let (header, claims, signature) = (parts[0], parts[1], parts[2])
        try TokenHeader.check(header)
        guard let claimBytes = Base64URL.decode(claims), let signatureBytes = Base64URL.decode(signature) else {
            throw .malformed("it is not base64url")
        }
        guard key.key.verifies(signatureBytes, of: Array(bytes[..<claims.endIndex])) else {
            throw SignatureProblem(
                .signature,
                "signature does not match this node's work-verification public key: sign with the private key of "
                    + "that pair, or set publickey on node \(nodeID) to the signer's"
            )
        }
        try check(TokenClaims(parsing: claimBytes), now: now)
    }

    private func check(_ claims: TokenClaims, now: Int64) throws(SignatureProblem) {
        guard claims.audience.contains(nodeID) else { throw wrongAudience(claims.audience) }
        // RFC 7519 §4.1.4: on or after that time the token must not be accepted.
        guard Double(now) < claims.expiration else {
            throw SignatureProblem(
                .expired,
                "token expired at \(ClaimTime.text(claims.expiration)), it is \(ClaimTime.text(now)) on node \(nodeID): "
                    + "raise tokenexpiration on the signer or set the clocks"
            )
        }
        if let start = claims.notBefore, Double(now) < start {
            throw SignatureProblem(
                .notYetValid,
                "token is not valid before \(ClaimTime.text(start)) (nbf), it is \(ClaimTime.text(now)) on node "
                    + "\(nodeID): set the clocks"
            )
        }
    }

    private func wrongAudience(_ nodes: [String]) -> SignatureProblem {
        let shown = nodes.prefix(3).map { Quoted($0).description }.joined(separator: ", ")
        let more = nodes.count > 3 ? " and \(nodes.count - 3) more" : ""
        let named =
            switch nodes.count {
            case 0: "no node"
            case 1: "node \(shown)"
            default: "nodes \(shown)\(more)"
            }
        return SignatureProblem(
            .audience,
            "token is for \(named), this node is \(Quoted(nodeID)): submit to the node that the token names"
        )
    }
}
