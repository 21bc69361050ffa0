import Foundation
import Testing

/// Many units on another node.
@Suite("Many units on another node", .blocking)
struct RemoteVolumeTests {
    private static let isFull = CrashTests.isFull
    private static let work = """
        - worktype: cat
          command: cat
        """

    private func withNodes(_ body: (Mesh, _ foo: Node, _ bar: Node) throws -> Void) throws {
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: Self.work)]) { mesh in
            try body(mesh, mesh["foo"], mesh["bar"])
        }
    }

    /// Runs one unit to its end and takes it away; what is wrong with it.
    private static func problem(_ client: Client, _ number: Int, isReleased: Bool) throws -> String? {
        let text = "unit number \(number)\n"
        let (unit, result) = try client.submit("cat", to: "bar", payload: Array(text.utf8))
        let output = try client.resultsText(unit)
        let status = try client.status(unit)
        // Under a sanitizer the start takes longer than a client is kept waiting for it.
        let isStarted = result == "Job Started" || slowness > 1 && result == "Job Submitted"
        guard isStarted, output == text, status.StateName == "Succeeded",
            status.Detail == "exit status 0", status.StdoutSize == text.utf8.count
        else { return "\(number): \(result), \(output), \(status)" }
        guard isReleased else { return nil }
        let answer = try client.release(unit)
        return answer == "{\"released\":\"\(unit)\"}\n" ? nil : "\(number): \(answer)"
    }

    @Test("Two hundred at once all end right")
    func atOnce() throws {
        try withNodes { _, foo, bar throws in
            var patient = foo.client
            patient.seconds = 120
            let client = patient
            let problems = concurrently(200) { number -> String? in
                do { return try Self.problem(client, number, isReleased: false) } catch { return "\(number): \(error)" }
            }
            #expect(problems.compactMap { $0 } == [])
            #expect(try client.list().count == 200)
            #expect(try bar.unitsOnDisk().count == 200)
            #expect(bar.workProcesses() == [])
        }
    }

    @Test("One after the other they leave nothing behind, in neither daemon")
    func oneAfterTheOther() throws {
        let (total, first) = Self.isFull ? (10_000, 500) : (300, 100)
        try withNodes { _, foo, bar in
            let daemons = [foo, bar].compactMap(\.daemon?.pid)
            var before: [Resources] = []
            for number in 0..<total {
                if number == first { before = daemons.map { Resources(of: $0) } }
                if let problem = try Self.problem(foo.client, number, isReleased: true) { Issue.record("\(problem)") }
            }
            let isFlat = try settles {
                // Threads come with load and stay a while; connections stay open for the next one who asks.
                let isSame = zip(before, daemons).allSatisfy { old, daemon in
                    let new = Resources(of: daemon)
                    return new.descriptors <= old.descriptors + 4 && new.threads <= old.threads + 4
                }
                return try isSame && foo.client.list().isEmpty
            }
            let after = daemons.map { Resources(of: $0) }
            print("\(total) remote units: \(before) after \(first), \(after) at the end")
            #expect(isFlat, "\(before) \(after)")
            for (old, new) in zip(before, after) {
                #expect(new.residentBytes - old.residentBytes < Int(slowness) * 5 << 20, "\(old) \(new)")
            }
            for node in [foo, bar] { #expect(try node.unitsOnDisk() == []) }
        }
    }
}
