/// How file permissions are read.
///
/// People write them in octal, with or without the leading zero. YAML libraries that rewrite a file turn `0660` into
/// `432`. Digits without a leading zero are therefore taken only where one of the two readings is sensible: a mode that
/// gives others anything, or takes reading and writing from the owner, is never the outcome of a guess.
enum FilePermissions: Equatable {
    /// A file mode.
    case mode(UInt32)
    /// A number that has to be written with a leading zero; with the two modes that could be meant, as written.
    case doubtful(octal: String, decimal: String?)
    /// Nothing that could be a mode.
    case invalid

    static func read(_ text: String) -> FilePermissions {
        let digits = text.hasPrefix("0o") ? text.dropFirst(2) : text[...]
        let octal = mode(digits, radix: 8)
        guard !text.hasPrefix("0") else { return octal.map(Self.mode) ?? .invalid }
        let decimal = mode(digits, radix: 10)
        let sensible = Set([octal, decimal].compactMap { $0 }.filter(isSensible))
        if sensible.count == 1, let mode = sensible.first { return .mode(mode) }
        switch (octal, decimal) {
        case (nil, nil): return .invalid
        case (let octal?, let decimal): return .doubtful(octal: written(octal), decimal: decimal.map(written))
        case (nil, let decimal?): return .doubtful(octal: written(decimal), decimal: nil)
        }
    }

    private static func mode(_ digits: Substring, radix: Int) -> UInt32? {
        guard digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) else { return nil }
        return UInt32(digits, radix: radix).flatMap { $0 <= 0o777 ? $0 : nil }
    }

    private static func isSensible(_ mode: UInt32) -> Bool { mode & 0o600 == 0o600 && mode & 0o007 == 0 }

    private static func written(_ mode: UInt32) -> String {
        let digits = String(mode, radix: 8)
        return String(repeating: "0", count: max(1, 4 - digits.count)) + digits
    }
}
