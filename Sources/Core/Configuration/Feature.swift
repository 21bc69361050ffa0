public import Workceptor

extension Configuration {
    /// One entry of a section: something that the file asks for.
    public struct Feature: Sendable, Hashable {
        /// The section's plural name, such as `tcp-listeners`.
        public var section: String
        /// Where the entry stands.
        public var position: SourcePosition
    }
}
