internal import CoreMetrics
internal import JSON
internal import LinuxSystem
internal import Logging
internal import ShownText

/// Submitting units (control-protocol §3).
extension Workceptor {
    /// Checks a submit request and makes its unit, which waits for its payload.
    ///
    /// - Throws: ``WorkError``; a request that is refused leaves nothing on disk.
    public func admit(_ request: SubmitRequest, from principal: Principal) async throws(WorkError) -> UnitIntake {
        do throws(WorkError) {
            let admission = try check(request, from: principal)
            let unit = try await create(admission, for: principal)
            submitted.increment()
            unit.logger.info("unit created", metadata: ["peer": "\(principal)"])
            return UnitIntake(unit: unit)
        } catch {
            refused.increment()
            let metadata: Logger.Metadata = ["peer": "\(principal)", "reason": "\(error.code)", "error": "\(error)"]
            logger.notice("submit refused", metadata: metadata)
            throw error
        }
    }

    private func create(_ admission: UnitAdmission, for principal: Principal) async throws(WorkError) -> WorkUnit {
        let size = admission.extraData.byteCount
        guard let parameters = context.room(forParameters: size, isLocal: principal.isLocal) else {
            throw WorkError(
                .unavailable,
                "the units here have too many long parameters: release some of them, or send it as the payload"
            )
        }
        let machine = UnitMachine(
            admitted: admission.workType,
            isRemote: admission.workType == Self.remoteType,
            extraData: admission.extraData
        )
        let record = AdmissionRecord(
            verifiesSignature: admission.verifiesSignature,
            principal: "\(principal)",
            plugin: admission.plugin,
            bootID: environment.bootID
        )
        let status = machine.status
        var id = UnitID.random()
        do throws(SystemError) {
            let store = context.store
            func isFree(_ id: UnitID) async throws(SystemError) -> Bool {
                try await environment.disk.run(for: id) { () throws(SystemError) in
                    try store.create(id, status, record)
                }
            }
            while try await !isFree(id) { id = UnitID.random() }
        } catch {
            throw WorkError(.storage, "cannot create the unit", cause: error)
        }
        let unit = WorkUnit(
            id: id,
            context: context,
            machine: machine,
            type: admission.type,
            admission: record,
            activity: UnitActivity(
                written: .init(status: status, admission: record, isDurable: false),
                isPayloadDurable: false,
                parameters: admission.parameters
            )
        )
        context.add(unit, parameters)
        return unit
    }

    // MARK: Checks

    private func check(_ request: SubmitRequest, from principal: Principal) throws(WorkError) -> UnitAdmission {
        guard isLocal(request.node) else { return try checkRemote(request, from: principal) }
        guard let registered = registry[request.workType] else {
            throw WorkError(.unknownWorkType, "unknown work type \(request.workType.cut(toBytes: 80))")
        }
        let forwarding = registered.type as? any ForwardingWorkType
        guard request.timeToLive == nil || forwarding != nil else {
            throw WorkError(.invalidRequest, "ttl option is intended for remote work only")
        }
        try authorization.checkSubmit(request, under: registered.policy, from: principal)
        if let forwarding {
            return try checkForwarded(request, to: forwarding, under: registered.policy, from: principal)
        }
        do { try registered.type.validate(request.parameters) } catch {
            throw WorkError(.invalidRequest, "invalid parameters", cause: error)
        }
        return UnitAdmission(
            workType: registered.name,
            plugin: registered.plugin,
            type: registered.type,
            parameters: request.parameters,
            extraData: registered.type.extraData(for: request.parameters),
            verifiesSignature: registered.policy.verifiesSignature
        )
    }

    /// Checks a request for work on another node. That node checks the rest, so a signature of the client's says
    /// nothing here.
    private func checkRemote(_ request: SubmitRequest, from principal: Principal) throws(WorkError) -> UnitAdmission {
        if request.signsWork { try authorization.checkMaySign(for: principal) }
        return try admitRemote(request, verifiesSignature: request.signsWork)
    }

    private func admitRemote(_ request: SubmitRequest, verifiesSignature: Bool) throws(WorkError) -> UnitAdmission {
        if request.tlsClient == nil, request.parameters.keys.contains(where: RemoteParameters.isSecret) {
            throw WorkError(.refusedByPolicy, "cannot send secrets over a non-TLS connection")
        }
        guard let remote = context.remote else {
            throw WorkError(
                .unavailable,
                "this node is in no mesh: submit to \(nodeID) or localhost"
            )
        }
        return UnitAdmission(
            workType: Self.remoteType,
            plugin: Self.remoteType,
            type: remote,
            parameters: [:],
            extraData: try remote.extraData(for: request),
            verifiesSignature: verifiesSignature
        )
    }

    /// Checks a request for a work type that stands for another node's. Where the work type signs, this node does so for
    /// those for whom it signs anyway, and for those who brought a token that the work type's policy asks for.
    private func checkForwarded(
        _ request: SubmitRequest,
        to type: any ForwardingWorkType,
        under policy: WorkPolicy,
        from principal: Principal
    ) throws(WorkError) -> UnitAdmission {
        let forwarded = type.forwarded(request)
        if request.signsWork || (forwarded.signsWork && !policy.verifiesSignature) {
            try authorization.checkMaySign(for: principal)
        }
        // Two nodes that forward to each other would go on for ever.
        guard !principal.isNode, !isLocal(forwarded.node) else {
            throw WorkError(
                .refusedByPolicy,
                "the work type stands for \(forwarded.workType) of node \(forwarded.node): submit that to the node itself"
            )
        }
        return try admitRemote(forwarded, verifiesSignature: policy.verifiesSignature || forwarded.signsWork)
    }

    private func isLocal(_ node: String) -> Bool { node == nodeID || node.lowercased() == "localhost" }
}
