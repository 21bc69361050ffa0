internal import JSON

/// Reads the members of a JSON message as Go does: what is absent or null has the zero value, what has the wrong type
/// is an error, what is unknown is skipped.
struct JSONFields {
    private let object: JSONObject
    private let what: String

    init(_ object: JSONObject, of what: String) {
        self.object = object
        self.what = what
    }

    init(parsing bytes: ArraySlice<UInt8>, of what: String) throws(MeshError) {
        let value: JSONValue
        do throws(JSONSyntaxError) {
            value = try JSONValue(parsing: bytes, maximumDepth: MeshLimits.jsonDepth)
        } catch {
            throw .malformed("a \(what) is not JSON: \(error)")
        }
        guard let object = value.object else { throw .malformed("a \(what) is not a JSON object") }
        self.init(object, of: what)
    }

    private func value<Value>(
        _ name: String,
        _ kind: String,
        zero: Value,
        _ read: (JSONValue) -> Value?
    ) throws(MeshError) -> Value {
        guard let value = object[name], !value.isNull else { return zero }
        guard let read = read(value) else { throw .malformed("\(name) of a \(what) must be \(kind)") }
        return read
    }

    func string(_ name: String, maximumBytes: Int = 255) throws(MeshError) -> String {
        try value(name, "a text of at most \(maximumBytes) bytes", zero: "") { value in
            value.string.flatMap { $0.utf8.count <= maximumBytes ? $0 : nil }
        }
    }

    func bool(_ name: String) throws(MeshError) -> Bool {
        try value(name, "true or false", zero: false) { $0.bool }
    }

    /// An unsigned number. Those from 2^63 on are refused: the parser would round them, and no clock gets there.
    func unsigned(_ name: String) throws(MeshError) -> UInt64 {
        try value(name, "a whole number from 0 to 2^63 - 1", zero: 0) { value in
            value.integer.flatMap { UInt64(exactly: $0) }
        }
    }

    /// The members of an object; `nil` when it is absent or null.
    func members(_ name: String) throws(MeshError) -> JSONObject? {
        guard let member = object[name], !member.isNull else { return nil }
        guard let members = member.object else { throw .malformed("\(name) of a \(what) must be an object") }
        return members
    }

    /// The elements of an array of objects; `nil` when it is absent or null.
    func objects(_ name: String) throws(MeshError) -> [JSONObject]? {
        guard let member = object[name], !member.isNull else { return nil }
        let elements = member.array
        let objects = elements?.compactMap(\.object)
        guard let objects, objects.count == elements?.count else {
            throw .malformed("\(name) of a \(what) must be a list of objects")
        }
        return objects
    }
}
