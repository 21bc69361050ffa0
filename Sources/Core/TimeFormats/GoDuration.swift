/// Durations as Receptor's files write them: `1h30m`, `1.5h`, `300ms`.
public enum GoDuration {
    /// What a duration looks like, for messages.
    public static let examples = "such as 1h30m, 1.5h, 30m10s or 300ms"

    /// Reads a duration in the syntax of Go's `time.ParseDuration`.
    ///
    /// - Parameter text: numbers, each with a unit (`ns`, `us`, `µs`, `ms`, `s`, `m`, `h`), after an optional sign.
    /// - Returns: the duration, negative if there was a minus; `nil` if the text is malformed or the duration is
    ///   longer than 292 years.
    public static func parse(_ text: some StringProtocol) -> Duration? {
        var rest = Array(text.utf8)[...]
        let isNegative = rest.first == UInt8(ascii: "-")
        if isNegative || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        if rest.elementsEqual("0".utf8) { return .zero }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let part = nanoseconds(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            guard !overflow else { return nil }
            total = sum
        }
        return .nanoseconds(isNegative ? -total : total)
    }

    /// One number with its unit.
    private static func nanoseconds(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let wholeDigits = digits(&rest)
        var fractionDigits: ArraySlice<UInt8> = []
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fractionDigits = digits(&rest)
        }
        guard !wholeDigits.isEmpty || !fractionDigits.isEmpty, let unit = unit(&rest) else { return nil }
        guard let whole = wholeDigits.isEmpty ? 0 : Int64(String(decoding: wholeDigits, as: UTF8.self)) else {
            return nil
        }
        let (product, overflow) = whole.multipliedReportingOverflow(by: unit)
        guard !overflow else { return nil }
        let (sum, sumOverflow) = product.addingReportingOverflow(fraction(fractionDigits, of: unit))
        return sumOverflow ? nil : sum
    }

    private static func digits(_ rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        let digits = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits
    }

    private static func fraction(_ digits: ArraySlice<UInt8>, of unit: Int64) -> Int64 {
        // Eighteen digits are beyond a nanosecond in every unit and fit the integer.
        var numerator: Int64 = 0
        var denominator = 1.0
        for digit in digits.prefix(18) {
            numerator = numerator * 10 + Int64(digit - UInt8(ascii: "0"))
            denominator *= 10
        }
        return Int64(Double(numerator) * (Double(unit) / denominator))
    }

    private static func unit(_ rest: inout ArraySlice<UInt8>) -> Int64? {
        let name = rest.prefix { $0 != UInt8(ascii: ".") && !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        rest = rest.dropFirst(name.count)
        switch String(decoding: name, as: UTF8.self) {
        case "ns": return 1
        case "us", "\u{B5}s", "\u{3BC}s": return 1000
        case "ms": return 1_000_000
        case "s": return 1_000_000_000
        case "m": return 60_000_000_000
        case "h": return 3_600_000_000_000
        default: return nil
        }
    }

    // MARK: Printing

    /// A duration as Go prints it: `433.655µs`, `1.2ms`, `1m3.5s`.
    ///
    /// - Parameter nanoseconds: what is not positive is `0s`.
    public static func text(nanoseconds: Int64) -> String {
        guard nanoseconds > 0 else { return "0s" }
        switch nanoseconds {
        case ..<1_000: return "\(nanoseconds)ns"
        case ..<1_000_000: return decimal(nanoseconds, unit: 1_000) + "µs"
        case ..<1_000_000_000: return decimal(nanoseconds, unit: 1_000_000) + "ms"
        default: break
        }
        let (minutes, rest) = nanoseconds.quotientAndRemainder(dividingBy: 60_000_000_000)
        let seconds = decimal(rest, unit: 1_000_000_000) + "s"
        guard minutes > 0 else { return seconds }
        guard minutes >= 60 else { return "\(minutes)m\(seconds)" }
        return "\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: Int64, unit: Int64) -> String {
        let (whole, rest) = value.quotientAndRemainder(dividingBy: unit)
        guard rest > 0 else { return "\(whole)" }
        var digits = String(unit + rest).dropFirst()
        while digits.last == "0" { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
