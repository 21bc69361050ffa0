import JSON

/// A name from outside, quoted for a message: control characters escaped, long names cut.
struct Quoted: CustomStringConvertible {
    private static let maximumLength = 64
    private let name: String

    init(_ name: String) { self.name = name }

    var description: String {
        let shown = name.unicodeScalars.prefix(Self.maximumLength)
        let cut = shown.endIndex < name.unicodeScalars.endIndex ? "…" : ""
        return JSONValue.string(String(shown) + cut).serialized
    }
}
