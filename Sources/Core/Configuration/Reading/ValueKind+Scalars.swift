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

    /// The name of a service of the mesh.
    static var serviceName: ValueKind {
        name.checked { name, node, context in
            guard name.utf8.count > Scalar.longestServiceName else { return true }
            context.report(
                "must not be longer than \(Scalar.longestServiceName) bytes, the most that the mesh can carry",
                at: node.position
            )
            return false
        }
    }

    /// The name of another node, or `localhost` for this one.
    static var remoteNode: ValueKind {
        ValueKind(placeholder: "") { node, context in
            if let text = node.text, text.lowercased() == "localhost" { return "localhost" }
            return nodeID.read(node, context)
        }
    }

    /// A name in a list of the only nodes that may do something.
    ///
    /// A list in some other notation must not be taken for one node: nobody would be on it.
    static var listedNode: ValueKind {
        ValueKind(placeholder: "") { node, context in
            if let text = node.text, text.contains(where: { ",;[]{}\"'".contains($0) }) {
                context.refuse(node, wanted: "a list of node IDs", hint: "such as [foo, bar]")
                return nil
            }
            return nodeID.read(node, context)
        }
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
    /// File permissions: octal with a leading zero, or without one where only one reading is sensible.
    static var permissions: ValueKind {
        ValueKind(placeholder: 0) { node, context in
            switch node.text.map({ FilePermissions.read($0) }) {
            case .mode(let mode): return mode
            case .doubtful(let octal, let decimal):
                let other = decimal.map { ", or \($0) if it is a decimal number" } ?? ""
                context.refuse(
                    node,
                    wanted: "octal digits with a leading zero",
                    hint: "write \(octal)\(other)"
                )
            case .invalid, nil:
                context.refuse(node, wanted: "octal digits from 0 to 0777", hint: "such as 0600")
            }
            return nil
        }
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
    /// What it costs to route over a link: sums of costs stay exact enough to compare, and finite.
    static var cost: ValueKind {
        scalar("a number greater than 0", placeholder: 1) { text in
            Scalar.number(text).flatMap { $0 > 0 ? $0 : nil }
        }.checked { cost, node, context in
            guard !(1e-9...1e9).contains(cost) else { return true }
            context.refuse(node, wanted: "a number from 0.000000001 to 1000000000")
            return false
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
        ValueKind(placeholder: .zero) { node, context in
            let duration = node.text.flatMap { GoDuration.parse($0) }
            if let duration, isAllowed(duration), duration <= Scalar.longestDuration { return duration }
            if duration.map({ $0 > .zero && isAllowed($0) }) ?? node.text.map(Scalar.looksLikeDuration) ?? false {
                context.refuse(node, wanted: "a duration of at most \(Scalar.longestDurationText)")
            } else {
                context.refuse(node, wanted: wanted, hint: GoDuration.examples)
            }
            return nil
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
