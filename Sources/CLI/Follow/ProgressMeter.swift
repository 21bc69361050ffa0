internal import TimeFormats

/// What a transfer has come to, as a line: `42%  120 MiB of 284 MiB  35 MiB/s  5s left`.
struct ProgressMeter {
    /// How many bytes there are to send, `nil` when that is not known.
    let total: Int64?

    /// From how many bytes on progress is worth showing.
    static let threshold: Int64 = 8 << 20

    /// Whether this transfer is worth a line.
    func isWorthShowing(sent: Int64) -> Bool { (total ?? sent) >= Self.threshold }

    /// The line.
    ///
    /// - Parameters:
    ///   - sent: the bytes sent so far.
    ///   - elapsed: the time this took.
    ///   - width: the columns there are; the bar takes what the words leave.
    func line(sent: Int64, elapsed: Duration, width: Int) -> String {
        let rate = bytesPerSecond(sent: sent, elapsed: elapsed)
        let speed = rate.map { "  \(ByteCount($0))/s" } ?? ""
        guard let total, total > 0 else { return String("\(ByteCount(sent)) sent\(speed)".prefix(width)) }
        let part = min(1, Double(sent) / Double(total))
        let percent = "\(Int(part * 100))%"
        var words = "\(percent)  \(ByteCount(sent)) of \(ByteCount(total))\(speed)"
        if let rate, rate > 0, sent < total { words += "  \(Age(seconds: (total - sent + rate - 1) / rate)) left" }
        return (bar(part, columns: min(40, width - words.count - 4)) + words).prefix(width).description
    }

    private func bytesPerSecond(sent: Int64, elapsed: Duration) -> Int64? {
        let milliseconds = elapsed.clampedMilliseconds
        // The first moments say little about the speed.
        guard milliseconds >= 200 else { return nil }
        return Int64(exactly: (Double(sent) * 1000 / Double(milliseconds)).rounded(.down))
    }

    private func bar(_ part: Double, columns: Int) -> String {
        guard columns >= 8 else { return "" }
        let filled = min(columns, Int(exactly: (part * Double(columns)).rounded(.down)) ?? 0)
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: columns - filled) + "]  "
    }
}
