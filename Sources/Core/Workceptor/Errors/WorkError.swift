/// Why a request concerning a unit of work was refused or could not be carried out.
///
/// ``description`` is one line for the client, worded for the person who has to change something.
public struct WorkError: Error, Sendable, CustomStringConvertible {
    /// What kind of error it is; further kinds may come without breaking anyone.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String {
            case unknownUnit, unknownWorkType, refusedByPolicy, invalidRequest, storage, startFailed, incompletePayload
            case unavailable
        }
        private let kind: Kind

        /// No unit has the identifier.
        public static let unknownUnit = Code(kind: .unknownUnit)
        /// No work type has the name.
        public static let unknownWorkType = Code(kind: .unknownWorkType)
        /// The work type's policy refuses the request: runtime parameters, signatures.
        public static let refusedByPolicy = Code(kind: .refusedByPolicy)
        /// The request contradicts itself or the protocol.
        public static let invalidRequest = Code(kind: .invalidRequest)
        /// The unit's files cannot be written or read.
        public static let storage = Code(kind: .storage)
        /// The work type could not start the unit.
        public static let startFailed = Code(kind: .startFailed)
        /// The payload did not arrive whole.
        public static let incompletePayload = Code(kind: .incompletePayload)
        /// What is asked for cannot be had now.
        public static let unavailable = Code(kind: .unavailable)

        /// The text that is shown for it.
        public var description: String { kind.rawValue }
    }

    /// The kind of error.
    public var code: Code
    /// What is wrong and what to change.
    public var message: String
    /// What it came from.
    public var cause: (any Error)?

    /// Creates one from its parts.
    public init(_ code: Code, _ message: String, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.cause = cause
    }

    /// `message` or `message: cause`
    public var description: String { cause.map { "\(message): \($0)" } ?? message }

    /// The error for an identifier that no unit has; Receptor nodes look for its words.
    public static func unknownUnit(_ id: String) -> WorkError {
        WorkError(.unknownUnit, "unknown work unit \(id)")
    }
}
