import Foundation
import TestSupport
import Testing

/// Runs a body on made-up bytes for about a second, or for as long as `WORKCEPTOR_FUZZ_SECONDS` says; then every run
/// starts from another seed.
enum Fuzz {
    static let seconds = ProcessInfo.processInfo.environment["WORKCEPTOR_FUZZ_SECONDS"].flatMap(Double.init) ?? 1
    static let seed = seconds > 1 ? UInt64.random(in: 1...1_000_000) : 1

    static func run(
        _ name: String,
        seeds: [[UInt8]],
        words: [String],
        _ body: ([UInt8], inout SeededGenerator) throws -> Void
    ) {
        var generator = SeededGenerator(seed: seed)
        let end = ContinuousClock.now + .seconds(seconds)
        var count = 0
        repeat {
            var input = seeds.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 0...5, using: &generator) { mutate(&input, words, seeds, &generator) }
            do { try body(input, &generator) } catch {
                Issue.record("\(name), seed \(seed), input \(count): \(error): \(input.prefix(2_000))")
                return
            }
            count += 1
        } while ContinuousClock.now < end
        #expect(count > 20)
    }

    private static func mutate(
        _ bytes: inout [UInt8],
        _ words: [String],
        _ seeds: [[UInt8]],
        _ generator: inout SeededGenerator
    ) {
        let place = Int.random(in: 0...bytes.count, using: &generator)
        let end = min(bytes.count, place + Int.random(in: 0...40, using: &generator))
        switch Int.random(in: 0..<8, using: &generator) {
        case 0: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &generator) }
        case 1: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &generator) }
        case 2: bytes.removeSubrange(place..<end)
        case 3:
            for _ in 0..<Int.random(in: 1...50, using: &generator) {
                bytes.insert(contentsOf: bytes[place..<end], at: place)
            }
        case 4: bytes.removeSubrange(place...)
        case 5: bytes = bytes[..<place] + (seeds.randomElement(using: &generator) ?? []).suffix(bytes.count)
        default: bytes.insert(contentsOf: Array((words.randomElement(using: &generator) ?? "").utf8), at: place)
        }
    }
}

/// What a body found wrong.
struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
