@testable import Netceptor
import Testing
import TimeFormats

@Suite struct `The table of services` {
    private var table = ServiceTable(ownID: "foo", at: .seconds(0))

    private func advertisement(
        _ node: NodeID = "bar",
        _ service: ServiceName = "control",
        at second: Int64,
        isCancelled: Bool = false
    ) -> ServiceAdvertisement {
        ServiceAdvertisement(
            nodeID: node,
            service: service,
            time: Timestamp(unixNanoseconds: second * 1_000_000_000),
            connectionType: .stream,
            isCancelled: isCancelled
        )
    }

    private mutating func receive(_ advertisement: ServiceAdvertisement, at second: Double = 0) -> Bool {
        let message = MeshMessage.serviceAdvertisement(advertisement).encoded
        return table.receive(advertisement, message: message, from: "peer", at: .seconds(second)) { _ in nil }
    }

    private static func onlyBar(_ node: NodeID) -> NodeID? { node == "bar" ? "peer" : nil }

    @Test mutating func `takes in what is newer and nothing else`() {
        #expect(receive(advertisement(at: 10)))
        #expect(!receive(advertisement(at: 10)) && !receive(advertisement(at: 9)))
        #expect(receive(advertisement(at: 11)))
        #expect(table["bar", "control"] == advertisement(at: 11))
    }

    @Test mutating func `does not bring a cancelled service back with an older advertisement`() {
        #expect(receive(advertisement(at: 10)))
        #expect(receive(advertisement(at: 12, isCancelled: true)))
        #expect(table["bar", "control"] == nil && table.advertisements(at: .seconds(0)).isEmpty)
        #expect(!receive(advertisement(at: 11)))
        #expect(receive(advertisement(at: 13)))
    }

    @Test mutating func `takes in what a node says that was started again with an earlier clock`() {
        #expect(receive(advertisement(at: 10)) && receive(advertisement("baz", at: 10)))
        table.nodeRestarted("bar")
        #expect(table["bar", "control"] == advertisement(at: 10))
        #expect(receive(advertisement(at: 5)) && table["bar", "control"] == advertisement(at: 5))
        #expect(!receive(advertisement(at: 4)) && !receive(advertisement("baz", at: 5)))
    }

    @Test mutating func `passes the end of a service on once, even one it never knew`() {
        #expect(receive(advertisement(at: 12, isCancelled: true)))
        #expect(!receive(advertisement(at: 12, isCancelled: true)))
    }

    @Test mutating func `believes nobody about the services of this node`() {
        #expect(!receive(advertisement("foo", at: 10)))
    }

    @Test mutating func `advertises new services within five seconds, together, then once a minute`() throws {
        #expect(table.nextAdvertisement == .seconds(60))
        try table.register(LocalService(name: "hidden"), at: .seconds(1))
        #expect(table.nextAdvertisement == .seconds(60))
        try table.register(LocalService(name: "control", advertisement: .controlService(.stream)), at: .seconds(2))
        try table.register(
            LocalService(name: "proxy", advertisement: .init(connectionType: .datagram)),
            at: .seconds(4)
        )
        #expect(table.nextAdvertisement == .seconds(7))
        #expect(table.dueAdvertisements(at: .seconds(6.9)).isEmpty)
        let sent = table.dueAdvertisements(at: .seconds(7))
        #expect(sent.map(\.service) == ["control", "proxy"])
        #expect(sent[0].time.text == Timestamp(unixNanoseconds: MeshTime.seconds(7).unixNanoseconds).text)
        #expect(table.nextAdvertisement == .seconds(67))
    }

    @Test mutating func `tells types of work of control services only, and never of remote`() throws {
        let types = ["echoint", "remote"].map { WorkCommand(workType: $0, isSecure: true) }
        table.setWorkCommands(types, at: .seconds(0))
        try table.register(LocalService(name: "control", advertisement: .controlService(.streamTLS)), at: .seconds(0))
        try table.register(
            LocalService(name: "proxy", advertisement: .init(connectionType: .stream)),
            at: .seconds(0)
        )
        let own = table.ownAdvertisements(at: .seconds(1))
        #expect(own.map(\.workCommands) == [[WorkCommand(workType: "echoint", isSecure: true)], nil])
        #expect(own[0].tags == ["type": "Control Service"] && own[1].tags == nil)
    }

    @Test mutating func `tells soon when the types of work change`() throws {
        try table.register(LocalService(name: "control", advertisement: .controlService(.stream)), at: .seconds(0))
        _ = table.dueAdvertisements(at: .seconds(5))
        table.setWorkCommands([], at: .seconds(10))
        #expect(table.nextAdvertisement == .seconds(65))
        table.setWorkCommands([WorkCommand(workType: "cat", isSecure: false)], at: .seconds(10))
        #expect(table.nextAdvertisement == .seconds(15))
    }

    @Test mutating func `cancels what it advertised when a service goes`() throws {
        try table.register(LocalService(name: "control", advertisement: .controlService(.stream)), at: .seconds(0))
        try table.register(LocalService(name: "hidden"), at: .seconds(0))
        #expect(table.unregister("hidden", at: .seconds(1)) == nil)
        let told = table.unregister("control", at: .seconds(1))
        let cancellation = try #require(told)
        #expect(cancellation.isCancelled && cancellation.tags == nil && cancellation.service == "control")
        #expect(!table.isListening(on: "control") && table.unregister("control", at: .seconds(2)) == nil)
    }

    @Test mutating func `gives no name twice, nor that of a service of the node itself`() throws {
        try table.register(LocalService(name: "control"), at: .seconds(0))
        var table = table
        for name in ["control", .ping, .unreach] as [ServiceName] {
            #expect { try table.register(LocalService(name: name), at: .seconds(0)) } throws: {
                ($0 as? MeshError)?.code == .serviceInUse
            }
        }
    }

    @Test mutating func `forgets the services of a node that is out of reach for two minutes`() {
        _ = receive(advertisement(at: 10), at: 0)
        table.expire(at: .seconds(100)) { _ in true }
        table.expire(at: .seconds(219)) { _ in false }
        #expect(table["bar", "control"] != nil)
        table.expire(at: .seconds(220)) { _ in false }
        #expect(table["bar", "control"] == nil && table.storedBytes == 0)
    }

    @Test mutating func `stays bounded under a flood, and keeps what nodes within reach offer`() throws {
        table = ServiceTable(ownID: "foo", at: .seconds(0), maximumBytes: 100_000)
        let real = advertisement(at: 1)
        let message = MeshMessage.serviceAdvertisement(real).encoded
        let isNews = table.receive(real, message: message, from: "peer", at: .seconds(0), nextHop: Self.onlyBar)
        #expect(isNews)
        for number in 0..<5_000 {
            let made = advertisement(try NodeID("n\(number % 700)"), try ServiceName("s\(number)"), at: 1)
            let message = MeshMessage.serviceAdvertisement(made).encoded
            _ = table.receive(made, message: message, from: "peer", at: .seconds(Double(number)), nextHop: Self.onlyBar)
        }
        #expect(table.storedBytes <= 100_000 && table["bar", "control"] == real)
    }

    @Test mutating func `lets one node have so many services and no more`() throws {
        for number in 0..<300 { _ = receive(advertisement("bar", try ServiceName("s\(number)"), at: 1)) }
        #expect(table.advertisements(at: .seconds(0)).count == MeshLimits.servicesOfNode)
    }

    /// What comes from a neighbour in the mesh where each node but `bar` is behind `evil`.
    private mutating func receive(_ advertisement: ServiceAdvertisement, from peer: NodeID) -> Bool {
        let message = MeshMessage.serviceAdvertisement(advertisement).encoded
        return table.receive(advertisement, message: message, from: peer, at: .seconds(0)) { node in
            node == "bar" ? "peer" : "evil"
        }
    }

    @Test mutating func `has room for what comes over the way to its node, however much others make up`() throws {
        for number in 0..<300 {
            _ = receive(advertisement("bar", try ServiceName("s\(number)"), at: 1), from: "evil")
        }
        #expect(receive(advertisement(at: 1), from: "peer"))
        #expect(table["bar", "control"] != nil)
        // What is made up is neither kept nor passed on, and takes nothing away.
        #expect(!receive(advertisement("bar", "more", at: 9), from: "evil"))
        #expect(table["bar", "control"] != nil)
        #expect(table.advertisements(at: .seconds(0)).count == MeshLimits.servicesOfNode)
    }

    @Test mutating func `has room for neighbours that send little, and passes on nothing that it does not keep`() throws
    {
        table = ServiceTable(ownID: "foo", at: .seconds(0), maximumBytes: 100_000)
        for number in 0..<2_000 { _ = receive(advertisement(try NodeID("n\(number)"), "s", at: 1), from: "evil") }
        #expect(table.storedBytes > 90_000)
        #expect(receive(advertisement(at: 1), from: "peer"))
        for number in 2_000..<4_000 {
            let made = advertisement(try NodeID("n\(number)"), "s", at: 1)
            #expect(receive(made, from: "evil") == (table[made.nodeID, "s"] != nil))
        }
        #expect(table["bar", "control"] != nil && table.storedBytes <= 100_000)
        #expect(!receive(advertisement("n9999", "s", at: 1), from: "peer"))
    }
}
