internal import JSON
internal import Workceptor

/// What a remote unit's status keeps about it: its ExtraData (work-units §4), with Receptor's names and order.
struct RemoteRecord: Sendable, Hashable {
    /// The node that does the work.
    var node: String
    /// The work type there.
    var workType: String
    /// The client's parameters, the secret ones too.
    var parameters: [String: String]
    /// The unit there; `nil` until that node has told it.
    var unitID: UnitID?
    /// Whether that node has started the work, as far as is known.
    var isStarted = false
    /// Whether the end was asked for.
    var isCancelled = false
    /// Whether the release was asked for.
    var isReleased = false
    /// Whether requests to that node are signed.
    var signsWork: Bool
    /// The name of the TLS client configuration; empty for none.
    var tlsClient: String
    /// When the unit ends unless it has started.
    var expiration: Expiration

    /// What a request asks for.
    init(_ request: SubmitRequest, expiration: Expiration) {
        node = request.node
        workType = request.workType
        parameters = request.parameters
        signsWork = request.signsWork
        tlsClient = request.tlsClient ?? ""
        self.expiration = expiration
    }

    /// Reads ExtraData; `nil` when it is none of a remote unit. Receptor writes the same.
    init?(_ extraData: JSONValue) {
        guard let node = extraData["RemoteNode"]?.string, !node.isEmpty,
            let workType = extraData["RemoteWorkType"]?.string
        else { return nil }
        self.node = node
        self.workType = workType
        let members = extraData["RemoteParams"]?.object?.members ?? []
        parameters = Dictionary(members.compactMap { item in item.value.string.map { (item.name, $0) } }) { $1 }
        if let id = extraData["RemoteUnitID"]?.string, !id.isEmpty {
            guard let id = UnitID(id) else { return nil }
            unitID = id
        }
        func flag(_ name: String) -> Bool { extraData[name]?.bool ?? false }
        isStarted = flag("RemoteStarted")
        isCancelled = flag("LocalCancelled")
        isReleased = flag("LocalReleased")
        signsWork = flag("SignWork")
        tlsClient = extraData["TLSClient"]?.string ?? ""
        expiration = Expiration(text: extraData["Expiration"]?.string ?? "")
    }

    /// The record as ExtraData.
    var extraData: JSONValue {
        let parameters = JSONObject(
            parameters.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) }
        )
        return [
            "RemoteNode": .string(node), "RemoteWorkType": .string(workType), "RemoteParams": .object(parameters),
            "RemoteUnitID": .string(unitID?.description ?? ""), "RemoteStarted": .bool(isStarted),
            "LocalCancelled": .bool(isCancelled), "LocalReleased": .bool(isReleased),
            "SignWork": .bool(signsWork), "TLSClient": .string(tlsClient), "Expiration": .string(expiration.text),
        ]
    }

    /// The control service to speak to.
    var service: RemoteControlService {
        RemoteControlService(node: node, tlsClient: tlsClient.isEmpty ? nil : tlsClient)
    }
}
