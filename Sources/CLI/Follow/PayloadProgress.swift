/// Shows on a terminal how far the payload is.
final class PayloadProgress {
    private let meter: ProgressMeter
    private let channel: OutputChannel
    private let start = ContinuousClock.now
    private var nextUpdate: ContinuousClock.Instant
    private var isShown = false

    private static let interval: Duration = .milliseconds(100)

    /// Progress towards a number of bytes, or towards an end that is not known.
    init(total: Int64?, channel: OutputChannel = Console.diagnostics) {
        meter = ProgressMeter(total: total)
        self.channel = channel
        nextUpdate = start + Self.interval
    }

    /// Shows how many bytes have been sent, not too often.
    func update(_ sent: Int64) {
        let now = ContinuousClock.now
        guard channel.isTerminal, now >= nextUpdate, meter.isWorthShowing(sent: sent) else { return }
        nextUpdate = now + Self.interval
        isShown = true
        // The last column stays free: some terminals begin a new line when it is used.
        let line = meter.line(sent: sent, elapsed: start.duration(to: now), width: channel.size.columns - 1)
        try? channel.write("\r\(line)\u{1B}[K")
    }

    /// Takes the line away.
    func clear() {
        guard isShown else { return }
        isShown = false
        try? channel.write("\r\u{1B}[K")
    }
}
