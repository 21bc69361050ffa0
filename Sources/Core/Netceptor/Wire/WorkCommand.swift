/// A type of work that a node offers (mesh-protocol §3.4).
public struct WorkCommand: Sendable, Hashable {
    /// Its name.
    public var workType: String
    /// Whether it verifies signatures.
    public var isSecure: Bool

    /// A type of work of that name.
    public init(workType: String, isSecure: Bool) {
        self.workType = workType
        self.isSecure = isSecure
    }
}
