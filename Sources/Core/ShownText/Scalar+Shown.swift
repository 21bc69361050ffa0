extension Unicode.Scalar {
    /// Whether a message can have it as it is: a terminal shows it and does nothing else.
    public var isShown: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: false
        default: true
        }
    }

    /// How a message has it: as it is, or as `\u{…}`.
    public var shown: String { isShown ? String(self) : "\\u{\(String(value, radix: 16))}" }
}
