/// Why a key could not be used, in one line for the operator; it never holds key material.
public struct SigningKeyProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of problem this is; more kinds can come without breaking anyone.
    public struct Code: Sendable, Hashable {
        private enum Kind: Sendable, Hashable {
            case missing, unreadable, encrypted, notPEM, wrongKind, tooShort, cryptography
        }

        private let kind: Kind

        private init(_ kind: Kind) { self.kind = kind }

        /// There is no such file.
        public static let missing = Code(.missing)
        /// The file cannot be read, or is not a key file at all (a folder, a pipe, too large).
        public static let unreadable = Code(.unreadable)
        /// The key is encrypted with a passphrase.
        public static let encrypted = Code(.encrypted)
        /// The text is not PEM, or its PEM is damaged.
        public static let notPEM = Code(.notPEM)
        /// It is a key, but not of the kind that is wanted.
        public static let wrongKind = Code(.wrongKind)
        /// The key has fewer bits than are accepted.
        public static let tooShort = Code(.tooShort)
        /// OpenSSL could not do what was asked of it.
        public static let cryptography = Code(.cryptography)
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
