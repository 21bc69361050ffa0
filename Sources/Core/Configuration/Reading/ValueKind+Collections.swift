internal import Workceptor

extension ValueKind {
    /// A list; a lone value stands for a list of one.
    static func list<Element>(of element: ValueKind<Element>) -> ValueKind where Value == [Element] {
        ValueKind(placeholder: []) { node, context in
            guard case .list(let nodes) = node.content else { return element.read(node, context).map { [$0] } }
            return nodes.compactMap { element.read($0, context) }
        }
    }

    /// A map of node IDs, whose case counts.
    static func map<Element>(ofNodesTo element: ValueKind<Element>) -> ValueKind where Value == [String: Element] {
        ValueKind(placeholder: [:]) { node, context in
            guard case .map(let entries) = node.content else {
                context.refuse(node, wanted: "a map of node IDs", isSecret: true)
                return nil
            }
            var values: [String: Element] = [:]
            for entry in entries.unique(by: { $0 }, duplicate: context.diagnostics.reportDuplicate(in: context.key)) {
                if let problem = Configuration.Node.problem(withID: entry.key) {
                    context.report("names a node whose ID \(problem)", at: entry.keyPosition)
                } else {
                    values[entry.key] = element.read(entry.value, context)
                }
            }
            return values
        }
    }
}

extension Diagnostics {
    /// Reports keys that stand twice in a map.
    ///
    /// - Parameter section: the map, as messages call it.
    func reportDuplicate(in section: String) -> (YAMLEntry, YAMLEntry) -> Void {
        { entry, first in
            let spelling = entry.key == first.key ? "" : ", as \(Quotation.of(first.key))"
            self.report(
                ConfigurationProblem(
                    "duplicate key \(Quotation.of(entry.key)) in \(section)",
                    at: entry.keyPosition,
                    hint: "the first is in line \(first.keyPosition.line)\(spelling)"
                )
            )
        }
    }
}
