/// The identifier of a route update as it is remembered: those of Receptor and of this program have eight bytes.
enum UpdateID: Sendable, Equatable {
    /// What is known comes from more than one update.
    case none
    case short(UInt64)
    case long(String)

    init(_ text: String) {
        self = text.utf8.count == 8 ? .short(text.utf8.reduce(0) { $0 << 8 | UInt64($1) }) : .long(text)
    }

    init(_ bytes: ArraySlice<UInt8>) {
        if bytes.count == 8 {
            self = .short(bytes.span.bytes.bigEndianWord(at: 0))
        } else {
            self = .long(String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The text; `nil` where there is none.
    var text: String? {
        switch self {
        case .none: nil
        case .short(let word):
            String(decoding: (0..<8).map { UInt8(truncatingIfNeeded: word >> UInt64(56 - 8 * $0)) }, as: UTF8.self)
        case .long(let text): text
        }
    }

    /// What stands for it where identifiers are only told apart: those of eight bytes are their own key.
    var key: UInt64 {
        switch self {
        case .none: 0
        case .short(let word): word
        case .long(let text): NodeHash(of: text).rawValue
        }
    }

    /// Whether the bytes are the same: Swift's equality of strings is looser.
    static func == (left: UpdateID, right: UpdateID) -> Bool {
        switch (left, right) {
        case (.none, .none): true
        case (.short(let left), .short(let right)): left == right
        case (.long(let left), .long(let right)): left.utf8.elementsEqual(right.utf8)
        default: false
        }
    }
}
