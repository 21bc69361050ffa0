import Glibc
import TestSupport
import Testing

/// Runs a body on made-up inputs for a while.
///
/// A second for each test by default; `WORKCEPTOR_FUZZ_SECONDS` makes it longer, and every run of a second or more than
/// that starts from another seed unless `WORKCEPTOR_FUZZ_SEED` gives one. The input that a body crashes on is the
/// content of the file named in the first line of output.
enum Fuzz {
    static let seconds = getenv("WORKCEPTOR_FUZZ_SECONDS").flatMap { Double(String(cString: $0)) } ?? 1
    static let seed: UInt64 = {
        if let given = getenv("WORKCEPTOR_FUZZ_SEED").flatMap({ UInt64(String(cString: $0)) }) { return given }
        return seconds > 1 ? UInt64.random(in: 1...1_000_000) : 1
    }()

    /// The processor time that one input may take, in seconds.
    private static let slowest: Double = 2

    private static func shown(_ input: [UInt8]) -> String {
        String(decoding: input.prefix(4_000), as: UTF8.self).debugDescription
    }

    static func run(_ name: String, _ mutator: Mutator, _ body: ([UInt8]) throws -> Void) throws {
        var generator = SeededGenerator(seed: seed)
        let current = "/tmp/workceptor-fuzz-\(getpid())-\(name)"
        let file = open(current, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        defer {
            close(file)
            unlink(current)
        }
        let end = ContinuousClock.now + .seconds(seconds)
        var count = 0
        repeat {
            let input = mutator.next(using: &generator)
            ftruncate(file, 0)
            pwrite(file, input, input.count, 0)
            let start = ThreadTime.seconds
            do { try body(input) } catch {
                Issue.record("\(name), seed \(seed), input \(count): \(error): \(shown(input))")
                return
            }
            let time = ThreadTime.seconds - start
            guard time < slowest else {
                Issue.record("\(name), seed \(seed), input \(count) took \(time) s: \(shown(input))")
                return
            }
            count += 1
        } while ContinuousClock.now < end
        if seconds > 1 { print("\(name): \(count) inputs from seed \(seed)") }
        #expect(count > 20)
    }
}

/// What a body found wrong.
struct Wrong: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
