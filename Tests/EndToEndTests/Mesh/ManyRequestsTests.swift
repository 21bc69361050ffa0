import Foundation
import Testing

@Suite("Requests to one node", .waiting)
struct ManyRequestsTests {
    private static let work = """
        - worktype: sleep
          command: sleep
          params: "1000"
        - worktype: stubborn
          command: bash
          params: -c "trap '' TERM INT; while :; do sleep 1000; done"
        """

    @Test("A cancel is not delayed by units on the same node that ignore SIGTERM")
    func stubbornUnits() throws {
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: Self.work)]) { mesh in
            let foo = try mesh["foo"]
            let client = foo.client
            let stubborn = try (0..<5).map { _ in try client.submit("stubborn", to: "bar").unit }
            let others = try (0..<(CrashTests.isFull ? 95 : 15)).map { _ in try client.submit("sleep", to: "bar").unit }
            for unit in stubborn + others {
                #expect(settles { (try? client.status(unit).StateName) == "Running" })
            }
            // bash sets its trap a moment after it was started.
            usleep(500_000)
            let units = stubborn + others
            let start = ContinuousClock.now
            let answers = concurrently(units.count) { number -> (String, Duration) in
                let answer = (try? client.cancel(units[number])) ?? "no answer"
                return (answer, ContinuousClock.now - start)
            }
            let times = answers.dropFirst(stubborn.count).map(\.1).sorted()
            let last = times.last ?? .zero
            print("cancels of \(others.count) units beside 5 stubborn ones: \(times[times.count / 2]), last \(last)")
            let firstStubborn = try #require(answers.prefix(stubborn.count).map(\.1).min())
            #expect(last < (CrashTests.isFull ? .seconds(slowness) : firstStubborn), "\(times)")
            for (unit, answer) in zip(others, answers.dropFirst(stubborn.count)) {
                #expect(answer.0 == "{\"cancelled\":\"\(unit)\"}\n")
            }
            for unit in units { #expect(try client.end(unit).StateName == "Canceled") }
        }
    }

    @Test("A follower has the rest within a moment of the route's return")
    func cutLink() throws {
        let work = """
            - worktype: slow
              command: bash
              params: -c "echo before; read; sleep 8; echo after"
            """
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: work)], cuttable: true) { mesh in
            let foo = try mesh["foo"]
            let (unit, _) = try foo.client.submit("slow", to: "bar")
            #expect(settles { (try? foo.client.status(unit).StdoutSize) == 7 })
            let wire = try #require(mesh.wires[.init(from: "bar", to: "foo")])
            wire.cut()
            // Longer than the unit goes on.
            sleep(10)
            try wire.heal()
            let start = ContinuousClock.now
            #expect(try settles { try foo.client.meshStatus().RoutingTable["bar"] != nil })
            #expect(try foo.client.resultsText(unit) == "before\nafter\n")
            let time = ContinuousClock.now - start
            print("the rest of the output came \(time) after the link was whole")
            #expect(time < .seconds(slowness * (CrashTests.isFull ? 2 : 5)), "\(time)")
        }
    }
}
