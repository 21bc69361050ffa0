import Synchronization
import TaskSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct `An alarm` {
    @Test func `goes off in the order of the times, whatever the order of setting`() async {
        let (rings, ring) = AsyncStream<Int>.makeStream()
        for number in [30, 10, 50, 20, 0, 40] { _ = Alarm(after: .milliseconds(number)) { ring.yield(number) } }
        var iterator = rings.makeAsyncIterator()
        for number in [0, 10, 20, 30, 40, 50] { #expect(await iterator.next() == number) }
    }

    @Test func `that was stopped never goes off, and lets go of its function`() async {
        final class Held: Sendable {}
        weak var held: Held?
        let alarm = { () -> Alarm in
            let object = Held()
            held = object
            return Alarm(after: .milliseconds(20)) { withExtendedLifetime(object) { _ = Issue.record("it went off") } }
        }()
        #expect(held != nil)
        alarm.stop()
        alarm.stop()
        #expect(held == nil)
        // One that is set later for the same time goes off after it would have.
        await withCheckedContinuation { continuation in
            _ = Alarm(after: .milliseconds(25)) { continuation.resume() }
        }
    }

    @Test func `is not lost among many that are stopped`() async {
        let rings = Mutex<Set<Int>>([])
        let (ends, end) = AsyncStream<Void>.makeStream()
        for round in 0..<2_000 {
            let long = Alarm(after: .seconds(3600)) {}
            _ = Alarm(after: .milliseconds(round % 7)) {
                if rings.withLock({ ($0.insert(round).inserted, $0.count) }) == (true, 2_000) { end.finish() }
            }
            long.stop()
        }
        for await () in ends {}
        #expect(rings.withLock { $0.count } == 2_000)
    }
}
