/// What a key takes: how its value is read and checked.
struct ValueKind<Value> {
    /// What stands in for a value that is missing or wrong, in a configuration that is refused anyway.
    var placeholder: Value
    /// Reads the value; reports what is wrong with it and returns `nil`.
    var read: (YAMLNode, ValueContext) -> Value?

    init(placeholder: Value, read: @escaping (YAMLNode, ValueContext) -> Value?) {
        self.placeholder = placeholder
        self.read = read
    }

    /// A value that is written as one scalar.
    ///
    /// - Parameters:
    ///   - wanted: what the key takes, as in "must be …".
    ///   - isSecret: whether the value must not be shown.
    ///   - convert: the value of a text, `nil` if there is none.
    static func scalar(
        _ wanted: String,
        placeholder: Value,
        hint: String? = nil,
        isSecret: Bool = false,
        convert: @escaping (String) -> Value?
    ) -> ValueKind {
        ValueKind(placeholder: placeholder) { node, context in
            if let value = node.text.flatMap(convert) { return value }
            context.refuse(node, wanted: wanted, hint: hint, isSecret: isSecret)
            return nil
        }
    }

    /// The same, with one more thing to check about a value that was read.
    ///
    /// - Parameter check: reports what is wrong and returns `false`, or returns `true`.
    func checked(_ check: @escaping (Value, YAMLNode, ValueContext) -> Bool) -> ValueKind {
        ValueKind(placeholder: placeholder) { node, context in
            guard let value = read(node, context), check(value, node, context) else { return nil }
            return value
        }
    }
}
