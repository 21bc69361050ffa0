/// The identifier of a unit of work, which is also the name of its directory.
///
/// Only what is valid becomes one, so that nothing from a socket or a disk reaches a path as a plain string.
public struct UnitID: Sendable, Hashable, CustomStringConvertible {
    /// The identifier as the protocol writes it.
    public let description: String

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)

    /// A new identifier: 8 random characters of `[A-Za-z0-9]` (work-units §1).
    public static func random() -> UnitID {
        var generator = SystemRandomNumberGenerator()
        let characters = (0..<8).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
        return UnitID(trusted: String(decoding: characters, as: UTF8.self))
    }

    /// Checks an identifier; `nil` unless it is 1 to 64 of `[A-Za-z0-9_-]`.
    public init?(_ text: String) {
        guard (1...64).contains(text.utf8.count) else { return nil }
        let isValid = text.utf8.allSatisfy {
            Self.alphabet.contains($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: "-")
        }
        guard isValid else { return nil }
        description = text
    }

    private init(trusted: String) { description = trusted }
}
