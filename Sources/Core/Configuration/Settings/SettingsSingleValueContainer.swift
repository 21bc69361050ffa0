internal import Workceptor

/// A scalar, or a value that decodes itself.
struct SettingsSingleValueContainer: SingleValueDecodingContainer {
    let decoder: SettingsDecoder

    var codingPath: [any CodingKey] { decoder.codingPath }

    func decodeNil() -> Bool { decoder.node.isNull }

    func decode(_ type: String.Type) throws -> String { try scalar("a text") { $0 } }
    func decode(_ type: Bool.Type) throws -> Bool { try scalar("true or false", Scalar.bool) }
    func decode(_ type: Double.Type) throws -> Double { try scalar("a number", Scalar.number) }
    func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
    func decode(_ type: Int.Type) throws -> Int { try integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }

    private func scalar<Value>(_ wanted: String, _ convert: (String) -> Value?) throws -> Value {
        guard let value = decoder.node.text.flatMap(convert) else { throw decoder.refusal(wanted) }
        return value
    }

    private func integer<Number: FixedWidthInteger>() throws -> Number {
        try scalar("a whole number from \(Number.min) to \(Number.max)", { Scalar.integer($0) })
    }
}
