import Foundation
import Testing

@Suite("A connection through a node", .blocking)
struct ConnectTests {
    @Test("brings everything that the other service sent, however late its client reads")
    func lateReader() throws {
        let work = """
            - worktype: much
              command: head
              params: -c 400000 /dev/zero
            """
        try Mesh.with([.init("foo"), .init("bar", dials: ["foo"], work: work)]) { mesh in
            let (foo, bar) = (try mesh.client("foo"), try mesh["bar"])
            let unit = try bar.client.submit("much")
            try bar.client.end(unit)
            let daemon = try #require(bar.daemon?.pid)
            for _ in 0..<5 {
                let reader = try foo.connect(through: "bar")
                try reader.send("work results \(unit)\n")
                #expect(try reader.line().hasPrefix("Streaming results"))
                // The other node has sent all of it.
                #expect(try settles(patience) { try !Self.holdsOpen(bar.file("stdout", of: unit), daemon) })
                // What tells of the end comes before the answers to these.
                for _ in 0..<3 { _ = try foo.ping("bar") }
                #expect(try reader.rest().count == 400_000)
            }
        }
    }

    private static func holdsOpen(_ path: String, _ process: Int32) throws -> Bool {
        let folder = "/proc/\(process)/fd"
        return try FileManager.default.contentsOfDirectory(atPath: folder).contains { name in
            do {
                return try FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)") == path
            } catch {
                // Closed since it was listed.
                return false
            }
        }
    }
}
