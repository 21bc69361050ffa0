import Netceptor
import Testing
import TimeFormats

@Suite struct `Mesh messages` {
    private static func text(_ type: UInt8, _ json: String) -> [UInt8] { [type] + Array(json.utf8) }

    @Test func `that Receptor sent are written back with the same bytes`() throws {
        let messages = try Fixture.messages()
        #expect(messages.count == 101)
        for bytes in messages {
            let message = try MeshMessage(decoding: bytes)
            #expect(message.encoded == bytes)
            guard case .data(let data) = message, data.header.destinationService == .unreach else { continue }
            #expect(try UnreachableMessage(decoding: data.payload).encoded[...] == data.payload)
        }
    }

    @Test func `of type 1 have the fields of a route update`() throws {
        let message = try MeshMessage(decoding: Fixture.messages()[2])
        let expected = RouteUpdate(
            nodeID: "bar",
            updateID: "5qG9FiUe",
            epoch: 30_123_023_154_176_888,
            sequence: 2,
            connections: ["foo": 1],
            forwardingNode: "bar"
        )
        #expect(message == .routeUpdate(expected))
    }

    @Test func `of type 2 have the fields of a service advertisement`() throws {
        let message = try MeshMessage(decoding: Fixture.messages()[7])
        let expected = ServiceAdvertisement(
            nodeID: "bar",
            service: "control",
            time: try #require(Timestamp("2026-11-23T22:14:59.930133752Z")),
            connectionType: .stream,
            tags: ["type": "Control Service"],
            workCommands: [
                WorkCommand(workType: "echoint", isSecure: false), WorkCommand(workType: "cat", isSecure: false),
            ]
        )
        #expect(message == .serviceAdvertisement(expected))
    }

    @Test func `of type 0 have the fields of a datagram`() throws {
        let messages = try Fixture.messages().compactMap { bytes -> DataMessage? in
            guard case .data(let message) = try MeshMessage(decoding: bytes) else { return nil }
            return message
        }
        let ping = DataHeader(
            hopsToLive: 29,
            source: NodeHash(of: "foo"),
            destination: NodeHash(of: "bar"),
            sourceService: "QcNaMSp5",
            destinationService: .ping
        )
        #expect(messages[0] == DataMessage(header: ping, payload: []))
        let report = try #require(messages.first { $0.header.destinationService == .unreach })
        let expected = UnreachableMessage(
            fromNode: "foo",
            toNode: "bar",
            fromService: "0XrjnC2l",
            toService: "nosuch",
            problem: .serviceUnknown
        )
        #expect(try UnreachableMessage(decoding: report.payload) == expected)
    }

    @Test func `of type 3 are written as an empty list`() throws {
        #expect(MeshMessage.reject.encoded == Self.text(3, "[]"))
        #expect(try MeshMessage(decoding: Self.text(3, "[]")) == .reject)
    }

    @Test func `list connections in the order of their bytes, as Go does`() throws {
        let update = RouteUpdate.of("foo", ["b": 1.5, "a": 2, "B": 3, "é": 0.25], sequence: 1, id: "x")
        let text = String(decoding: MeshMessage.routeUpdate(update).encoded.dropFirst(), as: UTF8.self)
        #expect(text.contains(#""Connections":{"B":3,"a":2,"b":1.5,"é":0.25}"#))
    }

    @Test func `keep what is absent from an advertisement absent`() throws {
        let text =
            #"{"NodeID":"a","Service":"s","Time":"2026-01-01T00:00:00Z","ConnType":0,"Tags":null,"WorkCommands":null,"Cancel":true}"#
        #expect(try MeshMessage(decoding: Self.text(2, text)).encoded == Self.text(2, text))
    }

    @Test(arguments: [
        ("", MeshError.Code.emptyMessage), ("\u{4}", .unknownMessageType), ("\u{0}abc", .malformedMessage),
        ("\u{1}", .malformedMessage), ("\u{1}[]", .malformedMessage), ("\u{1}{}", .emptyMessage),
        (#"\#u{1}{"NodeID":""}"#, .emptyMessage), (#"\#u{1}{"NodeID":1}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":{"b":0}}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":{"b":-1}}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":{"b":1e999}}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":{"b":"1"}}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":{"":1}}"#, .invalidNodeID),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","Connections":[]}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","UpdateEpoch":-1}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","UpdateEpoch":9223372036854775808}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":"a","UpdateSequence":1.5}"#, .malformedMessage),
        (#"\#u{1}{"NodeID":"a","ForwardingNode":""}"#, .invalidNodeID),
        (#"\#u{1}{"NodeID":"a\u0007","ForwardingNode":"a"}"#, .invalidNodeID),
        (#"\#u{2}{"NodeID":"a","Service":"123456789"}"#, .invalidServiceName),
        (#"\#u{2}{"NodeID":"a","Service":"s","Time":"yesterday"}"#, .malformedMessage),
        (#"\#u{2}{"NodeID":"a","Service":"s","Time":"2026-01-01T00:00:00Z","ConnType":3}"#, .malformedMessage),
        (#"\#u{2}{"NodeID":"a","Service":"s","Time":"2026-01-01T00:00:00Z","WorkCommands":[1]}"#, .malformedMessage),
        (#"\#u{2}{"NodeID":"a","Service":"s","Time":"2026-01-01T00:00:00Z","Tags":{"a":[]}}"#, .malformedMessage),
    ])
    func `that are wrong are errors that say how`(text: String, code: MeshError.Code) {
        #expect { try MeshMessage(decoding: Array(text.utf8)) } throws: { error in
            let error = error as? MeshError
            return error?.code == code && error?.message.isEmpty == false
        }
    }

    @Test func `that are nested deeply or too long are refused`() {
        let deep = Self.text(1, String(repeating: #"{"a":"#, count: 10_000))
        #expect(throws: MeshError.self) { try MeshMessage(decoding: deep) }
        let long = [UInt8](repeating: 0, count: 65_536)
        #expect { try MeshMessage(decoding: long) } throws: { ($0 as? MeshError)?.code == .messageTooLong }
    }
}
