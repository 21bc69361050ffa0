import Testing
import TimeFormats

@Suite struct `A duration` {
    @Test(
        arguments: [
            (0, "0s"), (999, "999ns"), (433_655, "433.655µs"), (1_200_000, "1.2ms"), (1_000_000_000, "1s"),
            (63_500_000_000, "1m3.5s"), (3_600_000_000_000, "1h0m0s"),
        ] as [(Int64, String)]
    )
    func `is printed as Go prints it`(nanoseconds: Int64, text: String) {
        #expect(GoDuration.text(nanoseconds: nanoseconds) == text)
    }

    @Test(
        arguments: [
            (.nanoseconds(Int64.max), .max, 9_223_372_036_854), (.nanoseconds(Int64.min), .min, -9_223_372_036_854),
            (.seconds(Int64.max), .max, .max), (.seconds(Int64.min), .min, .min),
            (.seconds(9_223_372_037), .max, 9_223_372_037_000), (.milliseconds(-1500), -1_500_000_000, -1500),
        ] as [(Duration, Int64, Int64)]
    )
    func `becomes the nearest integer there is`(duration: Duration, nanoseconds: Int64, milliseconds: Int64) {
        #expect(duration.clampedNanoseconds == nanoseconds && duration.clampedMilliseconds == milliseconds)
    }
}
