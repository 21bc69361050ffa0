internal import Workceptor

extension [ConfigurationProblem] {
    /// The problems file by file, each from its top to its end; those of one place stay in their order.
    func sortedByPosition() -> [ConfigurationProblem] {
        var files: [String: Int] = [:]
        for case let file? in map(\.position?.file) where files[file] == nil { files[file] = files.count }
        func place(_ problem: ConfigurationProblem) -> (Int, Int, Int) {
            guard let position = problem.position else { return (-1, 0, 0) }
            return (files[position.file] ?? 0, position.line, position.column)
        }
        return enumerated().sorted { left, right in
            let (leftPlace, rightPlace) = (place(left.element), place(right.element))
            return leftPlace == rightPlace ? left.offset < right.offset : leftPlace < rightPlace
        }.map(\.element)
    }
}
