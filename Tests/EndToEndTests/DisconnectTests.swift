import Foundation
import Testing

@Suite("Clients that go away", .blocking)
struct DisconnectTests {
    private static let work = """
        - worktype: mark
          command: bash
          params: -c "echo ran >> SCRATCH/ran; cat"
        """

    @Test(
        "No unit runs on the payload of a client that disconnects half-way",
        arguments: [0, 1, 5_000, 200_000, 3_000_000]
    )
    func halfPayload(size: Int) throws {
        try Node.with(work: Self.work) { node in
            for _ in 0..<20 {
                let (connection, unit) = try node.client.beginSubmit("mark")
                try connection.send([UInt8](repeating: 0x61, count: size))
                connection.close()
                let status = try node.client.end(unit)
                #expect(status.StateName == "Failed")
                #expect(status.Detail.contains("before its payload was complete"), "\(status.Detail)")
                #expect(try node.client.results(unit) == [])
            }
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("ran")))
            #expect(node.workProcesses() == [])
            // The same with a client that stays.
            #expect(try node.client.resultsText(node.client.submit("mark", payload: "whole")) == "whole")
        }
    }

    @Test("No unit runs on the payload of a client whose TCP connection breaks")
    func brokenConnection() throws {
        let port = try FreePort()
        try Node.with(NodeFile(work: Self.work, tcpPort: port.number)) { node in
            let client = Client(address: .tcp(port.number), nodeID: "foo")
            for size in [0, 1, 100_000] {
                let (connection, unit) = try client.beginSubmit("mark")
                try connection.send([UInt8](repeating: 0x61, count: size))
                connection.reset()
                #expect(try node.client.end(unit).StateName == "Failed")
            }
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("ran")))
            #expect(try client.resultsText(client.submit("mark", payload: "whole")) == "whole")
        }
    }

    @Test("No unit runs on the payload of a TCP client that disconnects half-way", arguments: [0, 1, 5_000, 300_000])
    func halfPayloadOverTCP(size: Int) throws {
        let port = try FreePort()
        try Node.with(NodeFile(work: Self.work, tcpPort: port.number)) { node in
            let client = Client(address: .tcp(port.number), nodeID: "foo")
            for _ in 0..<20 {
                let (connection, unit) = try client.beginSubmit("mark")
                try connection.send([UInt8](repeating: 0x61, count: size))
                connection.close()
                let status = try node.client.end(unit)
                #expect(status.StateName == "Failed")
                #expect(status.Detail.contains("before its payload was complete"), "\(status.Detail)")
            }
            #expect(!FileManager.default.fileExists(atPath: node.scratch.file("ran")))
            #expect(try client.resultsText(client.submit("mark", payload: "whole")) == "whole")
        }
    }

    @Test("A client that goes away after its payload leaves its unit running")
    func afterPayload() throws {
        let scratch = try Scratch()
        let gate = try Gate(in: scratch)
        let work = """
            - worktype: job
              command: bash
              params: -c "read -r _ < SCRATCH/gate; cat"
            """
        try Node.with(NodeFile(work: work), in: scratch) { node in
            let unit = try node.client.submit("job", payload: "abc")
            try gate.open()
            #expect(try node.client.resultsText(unit) == "abc")
            #expect(try node.client.status(unit).StateName == "Succeeded")
        }
    }

    @Test("Followers of results that go away leave no descriptor behind")
    func followers() throws {
        let work = """
            - worktype: job
              command: bash
              params: -c "echo first; sleep 1000"
            """
        try Node.with(work: work) { node in
            let unit = try node.client.submit("job")
            #expect(try node.client.results(opening: unit).line() == "first\n")
            func descriptors() throws -> Int {
                let pid = try #require(node.daemon?.pid)
                return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
            }
            let before = try descriptors()
            for _ in 0..<50 {
                let connection = try node.client.results(opening: unit)
                #expect(try connection.line() == "first\n")
                connection.close()
            }
            #expect(try settles { try descriptors() <= before })
            #expect(try node.client.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
        }
    }
}
