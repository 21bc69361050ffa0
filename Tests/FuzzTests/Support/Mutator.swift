import TestSupport

/// Makes inputs out of good ones: most are almost right, which is where parsers go wrong.
struct Mutator {
    /// Good inputs.
    let seeds: [[UInt8]]
    /// What is put in here and there.
    let words: [[UInt8]]

    private static let extremes = [
        "0", "-1", "1", "4096", "2147483647", "2147483648", "-2147483649", "9223372036854775807", "9223372036854775808",
        "18446744073709551616", "1e400", "-0", "0x10", "00", "1.5", "NaN", "99999999999999999999999999999999999999",
    ].map { Array($0.utf8) }

    private static let oddities: [[UInt8]] = [
        [0], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xef, 0xbb, 0xbf], [0xe2, 0x80, 0xa8], [0x0d], [0x0a], [0x0d, 0x0a],
        [0x7f], [0x1b], [0xcc, 0x81], [0xf0, 0x9f, 0x87, 0xa9, 0xf0, 0x9f, 0x87, 0xaa], [0x09], [0x20],
    ]

    init(seeds: [String], words: [String]) {
        self.seeds = seeds.map { Array($0.utf8) }
        self.words = words.map { Array($0.utf8) }
    }

    func next(using generator: inout SeededGenerator) -> [UInt8] {
        var bytes = seeds.randomElement(using: &generator) ?? []
        for _ in 0..<Int.random(in: 0...6, using: &generator) { mutate(&bytes, using: &generator) }
        return bytes
    }

    private func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:
            if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
        case 1:
            if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator) }
        case 2:
            bytes.removeSubrange(range(at: place, in: bytes, using: &generator))
        case 3:
            let copied = Array(bytes[range(at: place, in: bytes, using: &generator)])
            let times = Bool.random(using: &generator) ? 1 : Int.random(in: 2...200, using: &generator)
            if copied.count * times < 100_000 { for _ in 0..<times { bytes.insert(contentsOf: copied, at: place) } }
        case 4, 5, 6:
            bytes.insert(contentsOf: words.randomElement(using: &generator) ?? [], at: place)
        case 7:
            bytes.insert(contentsOf: Self.oddities.randomElement(using: &generator) ?? [], at: place)
        case 8:
            replaceNumber(in: &bytes, near: place, using: &generator)
        case 9:
            let other = seeds.randomElement(using: &generator) ?? []
            bytes = Array(bytes[..<place]) + other.suffix(Int.random(in: 0...other.count, using: &generator))
        case 10:
            bytes.removeSubrange(place...)
        default:
            let count = Int.random(in: 1...20, using: &generator)
            bytes.insert(contentsOf: (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }, at: place)
        }
    }

    private func range(
        at place: Int,
        in bytes: [UInt8],
        using generator: inout SeededGenerator
    ) -> Range<Int> {
        place..<min(bytes.count, place + Int.random(in: 0...40, using: &generator))
    }

    private func replaceNumber(in bytes: inout [UInt8], near place: Int, using generator: inout SeededGenerator) {
        func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
        guard let start = bytes[place...].firstIndex(where: isDigit) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: Self.extremes.randomElement(using: &generator) ?? [])
    }
}
