internal import TimeFormats
internal import Workceptor

extension ValueKind where Value == String {
    /// Any text; numbers and words such as `yes` are taken as they are written.
    static var text: ValueKind {
        scalar("a text", placeholder: "") { $0 }
    }

    /// A text that names something: not empty, without control characters.
    static var name: ValueKind {
        scalar("a name without control characters", placeholder: "") { Scalar.isName($0) ? $0 : nil }
    }

    /// The name of a node.
    static var nodeID: ValueKind {
        ValueKind(placeholder: "") { node, context in
            guard let text = node.text else {
                context.refuse(node, wanted: "a node ID")
                return nil
            }
            guard let problem = Configuration.Node.problem(withID: text) else { return text }
            context.report(problem, at: node.position)
            return nil
        }
    }
}

extension ValueKind where Value == Bool {
    /// A truth value in any of YAML 1.1's words.
    static var flag: ValueKind {
        scalar("true or false", placeholder: false) { Scalar.bool($0) }
    }
}

extension ValueKind where Value == UInt16 {
    /// A TCP or UDP port.
    static var port: ValueKind {
        scalar("a number from 0 to 65535", placeholder: 0) { Scalar.integer($0) }
    }
}

extension ValueKind where Value == UInt32 {
    /// File permissions, read as octal however they are written.
    static var permissions: ValueKind {
        scalar("octal digits from 0 to 0777", placeholder: 0, hint: "such as 0600") { Scalar.permissions($0) }
    }
}

extension ValueKind where Value == Int {
    /// A whole number within bounds.
    static func integer(_ range: ClosedRange<Int>) -> ValueKind {
        scalar("a whole number from \(range.lowerBound) to \(range.upperBound)", placeholder: range.lowerBound) {
            text in
            Scalar.integer(text).flatMap { range.contains($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value == Double {
    /// What it costs to route over a link.
    static var cost: ValueKind {
        scalar("a number greater than 0", placeholder: 1) { text in
            Scalar.number(text).flatMap { $0 > 0 ? $0 : nil }
        }
    }
}

extension ValueKind where Value == Duration {
    /// A time that is longer than nothing.
    static var positiveDuration: ValueKind {
        duration("a duration longer than 0") { $0 > .zero }
    }

    /// A time that is not shorter than a bound.
    ///
    /// - Parameter text: the bound, as it would be written.
    static func duration(atLeast bound: Duration, writtenAs text: String) -> ValueKind {
        duration("a duration of at least \(text)") { $0 >= bound }
    }

    private static func duration(_ wanted: String, isAllowed: @escaping (Duration) -> Bool) -> ValueKind {
        scalar(wanted, placeholder: .zero, hint: GoDuration.examples) { text in
            GoDuration.parse(text).flatMap { isAllowed($0) ? $0 : nil }
        }
    }
}

extension ValueKind where Value: CaseIterable & RawRepresentable<String> {
    /// One of a few words, in any case.
    static func word(placeholder: Value) -> ValueKind {
        let words = Value.allCases.map(\.rawValue)
        return ValueKind(placeholder: placeholder) { node, context in
            if let value = node.text.flatMap({ Value(rawValue: $0.lowercased()) }) { return value }
            let hint = node.text.flatMap { NearestName.hint($0, among: words) }
            context.refuse(node, wanted: "one of \(words.joined(separator: ", "))", hint: hint)
            return nil
        }
    }
}
