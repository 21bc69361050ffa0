import ArgumentParser

/// A length of time as it is written on a command line: `90s`, `1h30m`, `2d`, `1w`.
struct TimeSpan: Hashable, ExpressibleByArgument {
    /// In seconds.
    let seconds: Int64

    private static let units: [Character: Int64] = ["w": 604_800, "d": 86_400, "h": 3600, "m": 60, "s": 1]

    init(seconds: Int64) { self.seconds = seconds }

    init?(argument: String) {
        var total: Int64 = 0
        var digits = ""
        guard !argument.isEmpty else { return nil }
        for character in argument {
            if character.isASCII, character.isNumber {
                digits.append(character)
                continue
            }
            // A number without a unit, or a unit without a number, could mean anything.
            guard let unit = Self.units[character], let number = Int64(digits) else { return nil }
            let (span, isTooLong) = number.multipliedReportingOverflow(by: unit)
            let (sum, isSumTooLong) = total.addingReportingOverflow(span)
            guard !isTooLong, !isSumTooLong else { return nil }
            total = sum
            digits = ""
        }
        guard digits.isEmpty || argument == "0" else { return nil }
        seconds = total
    }
}
