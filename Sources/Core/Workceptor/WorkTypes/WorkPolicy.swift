/// What a work type admits. Checked by the core before the plugin or the disk sees anything of a request.
public struct WorkPolicy: Sendable, Hashable {
    /// Whether the client may give parameters of its own.
    public var allowsRuntimeParameters: Bool
    /// Whether requests from other hosts and nodes must carry a valid signature.
    public var verifiesSignature: Bool

    /// Creates one from its parts.
    public init(allowsRuntimeParameters: Bool = false, verifiesSignature: Bool = false) {
        self.allowsRuntimeParameters = allowsRuntimeParameters
        self.verifiesSignature = verifiesSignature
    }

    /// Checks the parameters of a submit request.
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    func checkParameters(_ parameters: [String: String]) throws(WorkError) {
        guard allowsRuntimeParameters || parameters.isEmpty else {
            throw WorkError(.refusedByPolicy, "extra params provided but not allowed")
        }
    }

    /// Checks the signature of a request (control-protocol §3).
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``; the token is never part of it.
    func checkSignature(
        _ signature: String?,
        from principal: Principal,
        verifier: (any SignatureVerifier)?
    ) throws(WorkError) {
        guard verifiesSignature else {
            guard signature == nil else { throw WorkError(.refusedByPolicy, "work type did not expect a signature") }
            return
        }
        // The node's own socket is guarded by its file permissions.
        guard !principal.isLocal else { return }
        guard let signature else {
            throw WorkError(
                .refusedByPolicy,
                "could not verify signature: the work type requires one and none was given: submit with --signwork"
            )
        }
        guard let verifier else {
            throw WorkError(.refusedByPolicy, "could not verify signature: this node has no work-verification key")
        }
        do { try verifier.verify(token: signature) } catch {
            throw WorkError(.refusedByPolicy, "could not verify signature", cause: error)
        }
    }
}

/// Verifies the signatures of requests.
public protocol SignatureVerifier: Sendable {
    /// Checks a token's signature, expiration and audience (control-protocol §5).
    ///
    /// - Throws: why it is refused, in words that never contain the token.
    func verify(token: String) throws
}
