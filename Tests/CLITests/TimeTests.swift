import Testing
import TimeFormats

@testable import workceptorctl

@Suite struct `A time` {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", Int64(0)), ("2026-11-23T22:15:03.554156206Z", 1_795_472_103),
        ("2026-11-23T22:15:03+02:00", 1_795_464_903), ("2024-02-29T12:00:00-01:30", 1_709_213_400),
        ("0001-01-01T00:00:00Z", -62_135_596_800), ("2000-03-01T00:00:00Z", 951_868_800),
    ])
    func `of RFC 3339 is read`(text: String, seconds: Int64) {
        #expect(Timestamp(text)?.seconds == seconds)
    }

    @Test(arguments: [
        "", "2026-11-23", "2026-11-23T22:15:03", "2026-13-23T22:15:03Z", "2026-11-23T24:15:03Z",
        "2026-11-23T22:15:03.Zx", "2026-11-23T22:15:03+02", "x026-11-23T22:15:03Z", "2026-11-23T22:15:03ZZ",
    ])
    func `in another form is not`(text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test func `is written in UTC`() {
        #expect(Timestamp(unixSeconds: 1_795_472_103).text == "2026-11-23T22:15:03Z")
    }

    @Test(arguments: [
        ("90s", Int64(90)), ("1h30m", 5400), ("2d", 172_800), ("1w1d", 691_200), ("0", 0), ("0s", 0),
    ])
    func `span is read`(text: String, seconds: Int64) {
        #expect(TimeSpan(argument: text)?.seconds == seconds)
    }

    @Test(arguments: ["", "5", "h", "5x", "-5s", "1.5h", "1h30", "9223372036854775807w", "٣s"])
    func `span that is unclear is not`(text: String) {
        #expect(TimeSpan(argument: text) == nil)
    }
}
