/// Numbers for people.
enum Decimal {
    /// A number with so many digits behind the point.
    static func text(_ value: Double, digits: Int) -> String {
        guard value.isFinite else { return "\(value)" }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = (value.magnitude * scale).rounded()
        guard scaled < 1e15 else { return "\(value)" }
        let whole = Int64(scaled)
        let sign = value < 0 && whole > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(whole)" }
        let fraction = String(whole % Int64(scale))
        return
            "\(sign)\(whole / Int64(scale)).\(String(repeating: "0", count: digits - fraction.utf8.count))\(fraction)"
    }

    /// A number without digits it does not need.
    static func short(_ value: Double) -> String {
        value == value.rounded() && value.magnitude < 1e15 ? "\(Int64(value))" : "\(value)"
    }
}
