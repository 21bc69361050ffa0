/// The sections that a file may have.
enum SectionName: String, CaseIterable {
    case node
    case logLevel = "log-level"
    case controlServices = "control-service"
    case workCommands = "work-command"
    case workSigning = "work-signing"
    case workVerification = "work-verification"
    case tcpListeners = "tcp-listener"
    case tcpPeers = "tcp-peer"
    case wsListeners = "ws-listener"
    case wsPeers = "ws-peer"
    case udpListeners = "udp-listener"
    case udpPeers = "udp-peer"
    case tlsServers = "tls-server"
    case tlsClients = "tls-client"
    case tcpServers = "tcp-server"
    case tcpClients = "tcp-client"
    case udpServers = "udp-server"
    case udpClients = "udp-client"
    case unixSocketServers = "unix-socket-server"
    case unixSocketClients = "unix-socket-client"
    case certInit = "cert-init"
    case certMakeReqs = "cert-makereq"
    case certSignReqs = "cert-signreq"
    case localOnly = "local-only"
    case trace

    /// The section's name in a list of one-key maps.
    var singular: String { rawValue }

    /// The section's name in a map of sections, and in messages.
    var plural: String { isSingle ? rawValue : rawValue + "s" }

    /// Whether the section stands for one thing, of which there cannot be several.
    var isSingle: Bool {
        switch self {
        case .node, .logLevel, .workSigning, .workVerification, .certInit, .localOnly, .trace: true
        default: false
        }
    }

    /// The key that a lone value in place of a map stands for, if there is an obvious one.
    var scalarKey: String? {
        switch self {
        case .node: "id"
        case .logLevel: "level"
        case .controlServices: "service"
        case .workSigning: "privatekey"
        case .workVerification: "publickey"
        case .tcpListeners, .wsListeners, .udpListeners: "port"
        case .tcpPeers, .wsPeers, .udpPeers: "address"
        default: nil
        }
    }

    /// Finds a section by its singular or plural name, in any spelling.
    init?(spelled name: String) {
        guard let section = Self.bySpelling[KeyName.normalised(name)] else { return nil }
        self = section
    }

    private static let bySpelling: [String: SectionName] = {
        var sections: [String: SectionName] = [:]
        for section in allCases {
            sections[KeyName.normalised(section.singular)] = section
            sections[KeyName.normalised(section.plural)] = section
        }
        return sections
    }()
}
