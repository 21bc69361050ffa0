import Foundation
import Testing

@Suite("Work over the control socket", .blocking, .timeLimit(.minutes(2)))
struct WorkTests {
    @Test("A payload goes in and comes out, byte for byte")
    func payload() throws {
        try Node.with { node in
            let payload = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ ($0 >> 8)) }
            let unit = try node.client.submit("cat", payload: payload)
            #expect(try node.client.results(unit) == payload)
            let status = try node.client.status(unit)
            #expect(status.StateName == "Succeeded")
            #expect(status.Detail == "exit status 0")
            #expect(status.StdoutSize == 300_000)
        }
    }
}
