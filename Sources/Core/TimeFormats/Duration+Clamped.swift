/// The only conversions of durations to integers: what does not fit becomes the nearest integer that does, so no value
/// from a file or a wire can stop the process.
extension Duration {
    /// The duration in whole nanoseconds.
    public var clampedNanoseconds: Int64 { clamped(perSecond: 1_000_000_000) }

    /// The duration in whole milliseconds.
    public var clampedMilliseconds: Int64 { clamped(perSecond: 1_000) }

    /// The duration in whole seconds.
    public var wholeSeconds: Int64 { components.seconds }

    private func clamped(perSecond: Int64) -> Int64 {
        let (seconds, attoseconds) = components
        let (scaled, isTooLong) = seconds.multipliedReportingOverflow(by: perSecond)
        let (sum, overflows) = scaled.addingReportingOverflow(attoseconds / (1_000_000_000_000_000_000 / perSecond))
        return isTooLong || overflows ? (seconds < 0 ? .min : .max) : sum
    }
}
