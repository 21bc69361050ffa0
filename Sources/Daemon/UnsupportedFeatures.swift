internal import Configuration
internal import Workceptor

/// What a configuration may ask for that this version cannot do yet.
enum UnsupportedFeatures {
    /// Sections without which the node would not do what its operator relies on.
    static let sections: Set<String> = [
        "ws-listeners", "ws-peers", "udp-listeners", "udp-peers", "tls-servers", "tls-clients", "tcp-servers",
        "tcp-clients", "udp-servers", "udp-clients", "unix-socket-servers", "unix-socket-clients", "cert-init",
        "cert-makereqs", "cert-signreqs",
    ]

    /// What a configuration asks for of it.
    static func find(in configuration: Configuration) -> [ConfigurationProblem] {
        var unsupported = configuration.features.filter { sections.contains($0.section) }.map {
            ConfigurationProblem("\($0.section) is not supported yet", at: $0.position, hint: "remove the section")
        }
        for service in configuration.controlServices where service.tls != nil || service.tcpTLS != nil {
            unsupported.append(
                ConfigurationProblem(
                    "TLS for control services is not supported yet",
                    at: service.position,
                    hint: "remove tls and tcptls"
                )
            )
        }
        for position in configuration.tcpListeners.filter({ $0.tls != nil }).map(\.position)
            + configuration.tcpPeers.filter({ $0.tls != nil }).map(\.position)
        {
            unsupported.append(
                ConfigurationProblem("TLS for links is not supported yet", at: position, hint: "remove tls")
            )
        }
        return unsupported
    }
}
