import Testing

@testable import workceptorctl

@Suite struct `The progress of a payload` {
    private let mebibyte: Int64 = 1 << 20

    @Test func `is worth showing from 8 MiB on`() {
        #expect(!ProgressMeter(total: 8 << 20 - 1).isWorthShowing(sent: 100))
        #expect(ProgressMeter(total: 8 << 20).isWorthShowing(sent: 0))
        #expect(!ProgressMeter(total: nil).isWorthShowing(sent: 8 << 20 - 1))
        #expect(ProgressMeter(total: nil).isWorthShowing(sent: 8 << 20))
    }

    @Test func `has percent, bytes, rate and time left`() {
        let line = ProgressMeter(total: 100 * mebibyte).line(sent: 25 * mebibyte, elapsed: .seconds(5), width: 80)
        #expect(line == "[########-------------------------]  25%  25 MiB of 100 MiB  5.0 MiB/s  15s left")
    }

    @Test func `has no rate in the first moment and no time left at the end`() {
        let meter = ProgressMeter(total: 10 * mebibyte)
        #expect(meter.line(sent: mebibyte, elapsed: .milliseconds(10), width: 30) == "10%  1.0 MiB of 10 MiB")
        #expect(
            meter.line(sent: 10 * mebibyte, elapsed: .seconds(1), width: 40) == "100%  10 MiB of 10 MiB  10 MiB/s"
        )
    }

    @Test func `of an input of unknown size has bytes and rate`() {
        #expect(
            ProgressMeter(total: nil).line(sent: 20 * mebibyte, elapsed: .seconds(2), width: 80)
                == "20 MiB sent  10 MiB/s"
        )
    }

    @Test func `never is wider than the terminal`() {
        for width in 1...100 {
            let line = ProgressMeter(total: 1 << 40).line(sent: 1 << 35, elapsed: .seconds(100), width: width)
            #expect(line.count <= width)
        }
    }

    @Test func `of a file that grows stays at 100%`() {
        let line = ProgressMeter(total: 10 * mebibyte).line(sent: 20 * mebibyte, elapsed: .seconds(1), width: 40)
        #expect(line.hasPrefix("100%"))
    }
}
