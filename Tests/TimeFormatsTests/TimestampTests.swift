import Testing
import TimeFormats

@Suite struct `Timestamps` {
    @Test(arguments: [
        (1_795_472_098_873_010_765, "2026-11-23T22:14:58.873010765Z"), (0, "1970-01-01T00:00:00Z"),
        (951_782_400_120_000_000, "2000-02-29T00:00:00.12Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
    ])
    func `are written and read as Go does`(nanoseconds: Int64, text: String) {
        let time = Timestamp(unixNanoseconds: nanoseconds)
        #expect(time.text == text)
        #expect(Timestamp(text) == time)
    }

    @Test func `are compared across zones and fractions`() throws {
        let time = { (text: String) in try #require(Timestamp(text)) }
        #expect(try time("2026-01-01T01:00:00.1+01:00") > time("2026-01-01T00:00:00.09Z"))
        #expect(try time("2026-01-01T00:00:00-00:30") > time("2026-01-01T00:29:59.9Z"))
        #expect(try time("0001-01-01T00:00:00Z") < time("9999-12-31T23:59:59Z"))
        #expect(try time("2026-01-01T00:00:00.1234567891Z").nanoseconds == 123_456_789)
    }

    @Test(arguments: [
        "", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01 00:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx", "2026-01-00T00:00:00Z",
    ])
    func `that do not exist are none`(text: String) {
        #expect(Timestamp(text) == nil)
    }
}
