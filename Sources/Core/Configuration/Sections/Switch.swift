public import Workceptor

extension Configuration {
    /// A section that says all by being there (`local-only`, `trace`).
    public struct Switch: Sendable, Equatable {
        /// Where the section stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.Switch {
    /// - Returns: `nil` for a section that is set to false, and after reporting one that is set to something else.
    init?(_ node: YAMLNode, section: String, at position: SourcePosition, diagnostics: Diagnostics) {
        self.position = position
        let context = ValueContext(key: "the value", section: section, diagnostics: diagnostics)
        guard !node.isNull, node.content != .map([]) else { return }
        guard ValueKind<Bool>.flag.read(node, context) == true else { return nil }
    }
}
