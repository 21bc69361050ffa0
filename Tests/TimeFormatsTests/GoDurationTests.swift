import Testing
import TimeFormats

@Suite struct `Durations` {
    @Test(
        arguments: [
            ("0", .zero), ("+0", .zero), ("1h30m", .seconds(5400)), ("30m10s", .seconds(1810)),
            ("1.5h", .seconds(5400)), (".5s", .milliseconds(500)), ("1.s", .seconds(1)), ("300ms", .milliseconds(300)),
            ("-1m", .seconds(-60)), ("1us1µs1μs", .microseconds(3)), ("7ns", .nanoseconds(7)),
            ("0.1s", .milliseconds(100)), ("0.333333333333333333333s", .nanoseconds(333_333_333)),
            ("2562047h", .seconds(2_562_047 * 3600)),
        ] as [(String, Duration)]
    )
    func `are read as Go reads them`(text: String, duration: Duration) {
        #expect(GoDuration.parse(text) == duration)
    }

    @Test(arguments: [
        "", "-", "1", "1.5", "h", ".s", "1 h", " 1h", "1h ", "1d", "1H", "--1h", "1h-1m", "1e3s", "5 minutes",
        "2562048h", "9223372036854775808ns", "99999999999999999999h", "1..5h", "½h",
    ])
    func `that are malformed or too long are none`(text: String) {
        #expect(GoDuration.parse(text) == nil)
    }
}
