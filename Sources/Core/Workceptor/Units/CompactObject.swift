internal import JSON
internal import Synchronization

/// A JSON object in little memory, for those of which there are very many with the same names.
struct CompactObject: Sendable, Hashable {
    private let names: [String]
    /// The values, as the text of an array.
    private let values: [UInt8]

    /// The lists of names so far, each kept once.
    private static let knownNames = Mutex<[[String]]>([])
    /// More lists than work types have; what comes on top is not shared.
    private static let limit = 64

    init(_ object: JSONObject) {
        names = Self.shared(object.names)
        var text: [UInt8] = []
        JSONValue.array(object.members.map(\.value)).write(to: &text)
        values = text.withUnsafeBufferPointer { Array($0) }
    }

    private static func shared(_ names: [String]) -> [String] {
        knownNames.withLock { known in
            if let same = known.first(where: { $0 == names }) { return same }
            if known.count < limit { known.append(names) }
            return names
        }
    }

    /// The object.
    var object: JSONObject {
        let values = (try? JSONValue(parsing: values))?.array ?? []
        return JSONObject(zip(names, values).lazy.map { ($0, $1) })
    }
}
