import Foundation
import JSON

/// The files in the folder Fixtures: what real nodes sent.
enum Fixture {
    static func json(_ name: String) throws -> JSONValue {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return try JSONValue(parsing: Data(contentsOf: folder.appending(path: "Fixtures/\(name).json")))
    }

    /// The messages of a conversation between two Receptor nodes.
    static func messages() throws -> [[UInt8]] {
        let messages = try json("mesh-messages")["messages"]?.array ?? []
        return messages.compactMap { $0["hex"]?.string.map(bytes(hexadecimal:)) }
    }

    private static func bytes(hexadecimal text: String) -> [UInt8] {
        let digits = text.utf8.compactMap { Character(Unicode.Scalar($0)).hexDigitValue }
        return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
