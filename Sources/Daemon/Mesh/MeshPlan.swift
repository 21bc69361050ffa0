internal import Configuration
internal import LinuxSystem
internal import Mesh
internal import NamePatterns
internal import Netceptor
internal import TimeFormats
internal import Workceptor

/// What a configuration says of the mesh, checked.
struct MeshPlan: Sendable {
    let nodeID: NodeID
    let firewall: Firewall
    let maximumIdleTime: Duration
    let sources: Set<LinkSource>
    /// Where the sources stand in the file.
    let positions: [LinkSource: SourcePosition]
    /// The services by which this node's control service is found.
    let controlServices: [ServiceName]

    /// - Throws: everything that is wrong.
    init(_ configuration: Configuration) throws(ConfigurationProblems) {
        var problems: [ConfigurationProblem] = []
        func checked<Value>(at position: SourcePosition?, _ body: () throws(MeshError) -> Value) -> Value? {
            do throws(MeshError) { return try body() } catch {
                problems.append(ConfigurationProblem("\(error)", at: position))
                return nil
            }
        }
        let id = checked(at: configuration.node.position) { () throws(MeshError) in
            try NodeID(configuration.node.id)
        }
        let rules = configuration.node.firewallRules.compactMap { rule in
            checked(at: rule.position) { () throws(MeshError) in try FirewallRule(rule) }
        }
        typealias Link = (source: LinkSource, position: SourcePosition?)
        let listeners = configuration.tcpListeners.compactMap { listener in
            checked(at: listener.position) { () throws(MeshError) -> Link in
                let source = LinkSource.tcpListener(
                    host: listener.bindAddress,
                    port: Int(listener.port),
                    try LinkOptions(
                        cost: listener.cost,
                        nodeCosts: try Self.costs(listener.nodeCosts),
                        allowedPeers: try Self.peers(listener.allowedPeers)
                    )
                )
                return (source, listener.position)
            }
        }
        let peers = configuration.tcpPeers.compactMap { peer in
            checked(at: peer.position) { () throws(MeshError) -> Link in
                let source = LinkSource.tcpPeer(
                    host: peer.address.host,
                    port: Int(peer.address.port),
                    redials: peer.redial,
                    try LinkOptions(cost: peer.cost, allowedPeers: try Self.peers(peer.allowedPeers))
                )
                return (source, peer.position)
            }
        }
        var services: [ServiceName] = []
        for service in configuration.controlServices {
            let name = checked(at: service.position) { () throws(MeshError) in try ServiceName(service.service) }
            if let name, !services.contains(name) { services.append(name) }
        }
        guard problems.isEmpty, let id else { throw ConfigurationProblems(problems) }
        nodeID = id
        firewall = Firewall(rules: rules)
        maximumIdleTime = configuration.node.maxIdleConnectionTimeout
        sources = Set((listeners + peers).map(\.source))
        positions = Dictionary((listeners + peers).compactMap { link in link.position.map { (link.source, $0) } }) {
            first,
            _ in first
        }
        controlServices = services
    }

    private static func costs(_ costs: [String: Double]) throws(MeshError) -> [NodeID: Double] {
        var result: [NodeID: Double] = [:]
        for (name, cost) in costs { result[try NodeID(name)] = cost }
        return result
    }

    /// - Parameter names: `nil` allows all, an empty list nobody.
    private static func peers(_ names: [String]?) throws(MeshError) -> Set<NodeID>? {
        guard let names else { return nil }
        var result: Set<NodeID> = []
        for name in names { result.insert(try NodeID(name)) }
        return result
    }

    /// The settings of the node, started now.
    var settings: NodeSettings {
        var timings = MeshTimings()
        timings.maximumIdleTime = maximumIdleTime
        let epoch = RouteUpdateLogic.epoch(unixNanoseconds: WallClock.nanoseconds)
        return NodeSettings(nodeID: nodeID, epoch: epoch, firewall: firewall, timings: timings)
    }
}

extension FirewallRule {
    fileprivate init(_ rule: Configuration.FirewallRule) throws(MeshError) {
        func matcher(_ text: String?) throws(MeshError) -> NameMatcher? {
            guard let text else { return nil }
            do throws(NamePatternError) {
                return try NameMatcher(text)
            } catch {
                throw MeshError(.invalidPattern, error.message)
            }
        }
        let action: FirewallAction =
            switch rule.action {
            case .accept: .accept
            case .reject: .reject
            case .drop: .drop
            }
        self.init(
            action: action,
            fromNode: try matcher(rule.fromNode),
            toNode: try matcher(rule.toNode),
            fromService: try matcher(rule.fromService),
            toService: try matcher(rule.toService)
        )
    }
}
