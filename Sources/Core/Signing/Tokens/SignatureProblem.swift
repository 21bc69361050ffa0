/// Why a token is refused: one line that names the claim, both values, and what to change (control-protocol §5).
///
/// The token itself is never part of it: whoever holds a valid token may submit work.
public struct SignatureProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of problem this is; more kinds can come without breaking anyone.
    public struct Code: Sendable, Hashable {
        private enum Kind: Sendable, Hashable {
            case malformed, algorithm, signature, claim, expired, notYetValid, audience
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// It is not a token at all.
        public static let malformed = Code(.malformed)
        /// It is signed in a way that is not accepted.
        public static let algorithm = Code(.algorithm)
        /// The signature is not that of the configured key.
        public static let signature = Code(.signature)
        /// A claim is missing or of the wrong kind.
        public static let claim = Code(.claim)
        /// It was valid, and is no longer.
        public static let expired = Code(.expired)
        /// It will be valid, and is not yet.
        public static let notYetValid = Code(.notYetValid)
        /// It is for another node.
        public static let audience = Code(.audience)
    }

    /// What kind of problem this is.
    public let code: Code
    /// What is wrong, and what to change.
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The ``message``.
    public var description: String { message }
}
