/// A length of time for people, as short as it can be said usefully: `45s`, `3m12s`, `25m`, `2h10m`, `3d4h`, `40d`.
struct Age: CustomStringConvertible {
    let seconds: Int64

    private static let units: [(seconds: Int64, name: String)] = [(86_400, "d"), (3600, "h"), (60, "m"), (1, "s")]

    /// A negative length, from clocks that differ, counts as none.
    init(seconds: Int64) { self.seconds = max(0, seconds) }

    var description: String {
        guard let index = Self.units.firstIndex(where: { seconds >= $0.seconds }) else { return "0s" }
        let unit = Self.units[index]
        let count = seconds / unit.seconds
        let text = "\(count)\(unit.name)"
        // The next smaller unit matters only next to a small number.
        guard count < 10, index + 1 < Self.units.count else { return text }
        let smaller = Self.units[index + 1]
        let rest = seconds % unit.seconds / smaller.seconds
        return rest == 0 ? text : text + "\(rest)\(smaller.name)"
    }
}
