public import Workceptor

extension Configuration {
    /// How signed requests are verified (`work-verification`).
    public struct WorkVerification: Sendable, Equatable {
        /// The path of the public key, which need not be usable: the section is refused its use then, not the file.
        public var publicKey: String
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.WorkVerification {
    init(_ map: inout MapReader) {
        publicKey = map.required("publickey", .path)
        position = map.position
        map.finish()
    }
}
