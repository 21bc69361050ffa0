public import Workceptor

extension Configuration {
    /// What to do with certain messages that pass through the node (`firewallrules` of `node`).
    ///
    /// A node or service is a name, or a regular expression between slashes that has to match the whole name;
    /// `nil` stands for all.
    public struct FirewallRule: Sendable, Equatable {
        /// What to do with a message.
        public enum Action: String, Sendable, CaseIterable {
            /// Lets it pass.
            case accept
            /// Refuses it and tells the sender.
            case reject
            /// Refuses it in silence.
            case drop
        }

        /// What to do with a message that fits.
        public var action: Action
        /// The node that it comes from.
        public var fromNode: String?
        /// The node that it goes to.
        public var toNode: String?
        /// The service that it comes from.
        public var fromService: String?
        /// The service that it goes to.
        public var toService: String?
        /// Where the rule stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.FirewallRule {
    init(_ map: inout MapReader) {
        action = map.required("action", .word(placeholder: .drop))
        fromNode = map.condition("fromnode", .firewallNode)
        toNode = map.condition("tonode", .firewallNode)
        fromService = map.condition("fromservice", .firewallService)
        toService = map.condition("toservice", .firewallService)
        position = map.position
        map.finish()
    }
}

extension ValueKind where Value == [Configuration.FirewallRule] {
    /// A list of firewall rules.
    static var firewallRules: ValueKind {
        .list(
            of: ValueKind<Configuration.FirewallRule>(placeholder: .init(action: .drop)) { node, context in
                guard
                    var map = MapReader(node, section: context.key, at: node.position, diagnostics: context.diagnostics)
                else { return nil }
                return Configuration.FirewallRule(&map)
            }
        )
    }
}
