internal import Workceptor

extension Configuration {
    /// What has changed that a running node cannot take over.
    ///
    /// Links, the log level, firewall rules, work types and drop-ins can change while the node runs, and so can what is
    /// in key files; where a section stands in its file does not matter.
    ///
    /// - Parameter other: the configuration after the change.
    /// - Returns: the names of what has changed, such as `node.datadir` or `control-services`; empty if all of the
    ///   change can be taken over.
    public func nonReloadableChanges(to other: Configuration) -> [String] {
        func isSame<Section: ConfigurationSection>(_ section: KeyPath<Configuration, [Section]>) -> Bool {
            self[keyPath: section].map(\.withoutPosition) == other[keyPath: section].map(\.withoutPosition)
        }
        func isSame<Section: ConfigurationSection>(_ section: KeyPath<Configuration, Section?>) -> Bool {
            self[keyPath: section]?.withoutPosition == other[keyPath: section]?.withoutPosition
        }
        let comparisons: [(name: String, isSame: Bool)] = [
            ("node.id", node.id == other.node.id),
            ("node.datadir", node.dataDirectory == other.node.dataDirectory),
            (
                "node.maxidleconnectiontimeout",
                node.maxIdleConnectionTimeout == other.node.maxIdleConnectionTimeout
            ),
            ("node.durability", node.durability == other.node.durability),
            ("control-services", isSame(\.controlServices)),
            ("work-signing", isSame(\.workSigning)),
            ("work-verification", isSame(\.workVerification)),
            ("tls-servers", isSame(\.tlsServers)),
            ("tls-clients", isSame(\.tlsClients)),
            ("tcp-servers", isSame(\.tcpServers)),
            ("tcp-clients", isSame(\.tcpClients)),
            ("udp-servers", isSame(\.udpServers)),
            ("udp-clients", isSame(\.udpClients)),
            ("unix-socket-servers", isSame(\.unixSocketServers)),
            ("unix-socket-clients", isSame(\.unixSocketClients)),
            ("cert-init", isSame(\.certInit)),
            ("cert-makereqs", isSame(\.certMakeReqs)),
            ("cert-signreqs", isSame(\.certSignReqs)),
            ("trace", isSame(\.trace)),
        ]
        return comparisons.filter { !$0.isSame }.map(\.name)
    }
}
