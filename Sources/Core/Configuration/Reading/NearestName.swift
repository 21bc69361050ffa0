/// Finds what was meant by a misspelt name.
enum NearestName {
    /// Names beyond this are no slips of the keyboard, and would take long to compare.
    private static let longestName = 64
    /// Nobody has this many names to choose from, but for files that are made to keep us busy.
    private static let mostNames = 100

    /// The name with the fewest slips, when there are few enough for a guess.
    ///
    /// - Parameters:
    ///   - name: what is written; compared without regard to case, `-` and `_`.
    ///   - names: what could be meant; of equally near ones the first is taken.
    static func to(_ name: String, among names: some Sequence<String>) -> String? {
        guard name.utf8.count <= longestName else { return nil }
        let written = Array(KeyName.normalised(name).unicodeScalars)
        let limit = max(1, min(3, written.count / 3))
        var nearest: (name: String, distance: Int)?
        for candidate in names.prefix(mostNames) {
            let distance = distance(written, Array(KeyName.normalised(candidate).unicodeScalars))
            // As many slips as letters would make anything of it.
            guard distance <= limit, distance < candidate.count, distance < nearest?.distance ?? .max else { continue }
            nearest = (candidate, distance)
        }
        return nearest?.name
    }

    /// As ``to(_:among:)``, worded as a hint.
    static func hint(_ name: String, among names: some Sequence<String>) -> String? {
        to(name, among: names).map { "did you mean '\($0)'?" }
    }

    /// The number of letters to insert, drop, replace or swap with a neighbour (optimal string alignment).
    private static func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for row in 1...left.count {
            var current = [row]
            for column in 1...right.count {
                let isSame = left[row - 1] == right[column - 1]
                var cost = min(last[column] + 1, current[column - 1] + 1, last[column - 1] + (isSame ? 0 : 1))
                if row > 1, column > 1, left[row - 1] == right[column - 2], left[row - 2] == right[column - 1] {
                    cost = min(cost, beforeLast[column - 2] + 1)
                }
                current.append(cost)
            }
            (beforeLast, last) = (last, current)
        }
        return last[right.count]
    }
}
