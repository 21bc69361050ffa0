internal import Workceptor

/// The place of a value that is being read, for messages about it.
struct ValueContext {
    /// The key, in its plain spelling.
    var key: String
    /// The section, as messages call it.
    var section: String
    /// Where problems go.
    var diagnostics: Diagnostics

    /// Reports a value that is not what its key takes.
    ///
    /// - Parameters:
    ///   - node: the value.
    ///   - wanted: what the key takes, as in "must be …".
    ///   - isSecret: whether the value must not be shown.
    func refuse(_ node: YAMLNode, wanted: String, hint: String? = nil, isSecret: Bool = false) {
        let found = node.text.map { isSecret ? "this value" : Quotation.of($0) } ?? node.kind
        report("must be \(wanted), not \(found)", at: node.position, hint: hint)
    }

    /// Reports what is wrong with the key, as in "… must be …".
    func report(_ predicate: String, at position: SourcePosition, hint: String? = nil) {
        diagnostics.report(ConfigurationProblem("\(key) in \(section) \(predicate)", at: position, hint: hint))
    }
}
