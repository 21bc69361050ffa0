extension DecodingError {
    /// What is wrong, in one phrase, and the way to the value that it is about.
    var account: (message: String, path: [any CodingKey]) {
        switch self {
        case .keyNotFound(let key, let context): ("missing key '\(key.stringValue)'", context.codingPath)
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            (context.debugDescription, context.codingPath)
        @unknown default: ("it cannot be used", [])
        }
    }
}

extension Error {
    /// Whether this says only that a key is not there.
    var isMissingKey: Bool {
        guard case .keyNotFound = self as? DecodingError else { return false }
        return true
    }
}
