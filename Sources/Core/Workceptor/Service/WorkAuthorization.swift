internal import JSON

/// Decides who may do what with the work of this node, from who asks: the only place that does.
struct WorkAuthorization: Sendable {
    /// Checks the signatures of requests; without it, requests that need one are refused.
    var verifier: (any SignatureVerifier)?

    /// Whether this node signs a request to another node for whoever asks for it (control-protocol §5): a signature says
    /// that this node's operator wants the work done.
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    func checkMaySign(for principal: Principal) throws(WorkError) {
        guard !principal.isLocal else { return }
        throw WorkError(
            .refusedByPolicy,
            "this node signs only for clients of its Unix socket, not for \(principal): submit there, or to the node itself"
        )
    }

    /// Checks a request to submit a unit of a work type.
    ///
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    func checkSubmit(_ request: SubmitRequest, under policy: WorkPolicy, from principal: Principal) throws(WorkError) {
        try policy.checkParameters(request.parameters)
        if request.signsWork, request.signature == nil, policy.verifiesSignature { try checkMaySign(for: principal) }
        try policy.checkSignature(request.signature, from: principal, verifier: verifier)
    }

    /// Checks a request about a unit: cancel, release, results (control-protocol §3).
    ///
    /// - Parameters:
    ///   - admission: what the unit's admission left; `nil` for a unit that another program made.
    ///   - policy: that of the unit's work type now; `nil` when it is not configured.
    /// - Throws: ``WorkError`` with code ``WorkError/Code/refusedByPolicy``.
    func checkRequest(
        signature: String?,
        about unit: WorkUnit,
        admission: AdmissionRecord?,
        policy: WorkPolicy?,
        from principal: Principal
    ) throws(WorkError) {
        // What the unit was admitted under holds for its whole life. Of a unit that another program made this node knows
        // what is configured now; where nothing is, it could have been a type that demands signatures.
        let verifies =
            admission?.verifiesSignature ?? unit.extraData["SignWork"]?.bool ?? policy?.verifiesSignature ?? true
        // A valid signature more than is needed is no reason to refuse a unit that is not known for certain.
        if admission == nil, principal.isLocal { return }
        try WorkPolicy(verifiesSignature: verifies).checkSignature(signature, from: principal, verifier: verifier)
    }
}
