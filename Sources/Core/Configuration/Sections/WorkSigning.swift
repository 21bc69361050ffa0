public import Workceptor

extension Configuration {
    /// How requests for other nodes are signed (`work-signing`).
    public struct WorkSigning: Sendable, Equatable {
        /// The path of the private key, which need not be usable: the section is refused its use then, not the file.
        public var privateKey: String
        /// How long a signature is good for.
        public var tokenExpiration: Duration
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.WorkSigning {
    init(_ map: inout MapReader) {
        privateKey = map.required("privatekey", .path)
        tokenExpiration = map.value("tokenexpiration", .positiveDuration, default: .seconds(300))
        position = map.position
        map.finish()
    }
}
