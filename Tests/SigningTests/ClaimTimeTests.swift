import Glibc
import TestSupport
import Testing

@testable import Signing

@Suite struct `The time of a claim` {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"),
        (-1, "1969-12-31T23:59:59Z"),
        (951_782_400, "2000-02-29T00:00:00Z"),
        (1_795_514_400, "2026-11-24T10:00:00Z"),
        (4_107_542_399, "2100-02-28T23:59:59Z"),
        (4_107_542_400, "2100-03-01T00:00:00Z"),
        (-62_167_219_200, "0000-01-01T00:00:00Z"),
        (253_402_300_799, "9999-12-31T23:59:59Z"),
    ])
    func `is written as RFC 3339 in UTC`(seconds: Int64, text: String) {
        #expect(ClaimTime.text(seconds) == text)
    }

    @Test(arguments: [Int64.min, -62_167_219_201, 253_402_300_800, Int64.max])
    func `outside the years that RFC 3339 can write is shown in seconds`(seconds: Int64) {
        #expect(ClaimTime.text(seconds) == "@\(seconds)")
    }

    @Test func `of a claim loses its fraction and survives any size`() {
        #expect(ClaimTime.text(1_795_514_400.75) == "2026-11-24T10:00:00Z")
        #expect(ClaimTime.text(-0.5) == "1969-12-31T23:59:59Z")
        #expect(ClaimTime.text(1e300) == "@1e+300")
        #expect(ClaimTime.text(.infinity) == "@inf")
        #expect(ClaimTime.text(.nan) == "@nan")
    }

    @Test func `agrees with the C library on days in all centuries`() {
        var generator = SeededGenerator(seed: 2)
        for _ in 0..<2000 {
            let seconds = Int64.random(in: 0..<253_402_300_800, using: &generator)
            var time = time_t(seconds)
            var parts = tm()
            gmtime_r(&time, &parts)
            var buffer = [CChar](repeating: 0, count: 32)
            let count = strftime(&buffer, buffer.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
            let expected = String(decoding: buffer.prefix(count).map(UInt8.init(bitPattern:)), as: UTF8.self)
            #expect(ClaimTime.text(seconds) == expected)
        }
    }
}
