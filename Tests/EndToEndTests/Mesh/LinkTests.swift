import Foundation
import Testing

@Suite("Links between nodes", .waiting)
struct LinkTests {
    private static let work = """
        - worktype: cat
          command: cat
        """

    /// Whether a unit goes from one node to another and comes back.
    private func works(_ mesh: Mesh, _ from: String, _ to: String) throws -> Bool {
        let client = try mesh.client(from)
        let unit = try client.submit("cat", to: to, payload: Array("over a link".utf8)).unit
        let text = try client.resultsText(unit)
        return try text == "over a link" && client.status(unit).StateName == "Succeeded"
    }

    @Test(
        "Work goes both ways, whichever side dials, and also when both do",
        arguments: [["foo"], ["bar"], ["foo", "bar"]]
    )
    func directions(dialers: [String]) throws {
        let members = ["foo", "bar"].map { name in
            Mesh.Member(
                name,
                dials: dialers.contains(name) ? [name == "foo" ? "bar" : "foo"] : [],
                work: Self.work
            )
        }
        try Mesh.with(members) { mesh throws in
            #expect(try works(mesh, "foo", "bar"))
            #expect(try works(mesh, "bar", "foo"))
            #expect(try mesh.client("foo").ping("bar").From == "bar")
            #expect(try mesh.client("bar").ping("foo").From == "foo")
            #expect(try mesh.client("foo").meshStatus().neighbours == ["bar": 1])
        }
    }

    @Test("A link is dialled again when the listening node is back, however it went")
    func redial() throws {
        try Mesh.with([.init("foo", work: Self.work), .init("bar", dials: ["foo"], work: Self.work)]) { mesh in
            try mesh["foo"].stop()
            #expect(try settles { try mesh.client("bar").meshStatus().neighbours.isEmpty })
            try mesh["foo"].start()
            try mesh.awaitRoutes()
            try mesh["foo"].killAndRestart()
            try mesh.awaitRoutes()
            #expect(try works(mesh, "foo", "bar"))
            #expect(try works(mesh, "bar", "foo"))
        }
    }

    @Test("A link that is not to be dialled again is not")
    func noRedial() throws {
        let members: [Mesh.Member] = [.init("foo"), .init("bar", dials: ["foo"], peer: "redial: false")]
        try Mesh.with(members) { mesh in
            try mesh["foo"].killAndRestart()
            let log = try #require(mesh["bar"].daemon?.errors)
            #expect(log.wait { $0.contains("not dialled again") }, "\(log.text)")
            // A second dialler shows how soon the first one would have been back.
            #expect(try mesh.client("bar").meshStatus().RoutingTable.isEmpty)
            #expect(try mesh.client("foo").meshStatus().RoutingTable.isEmpty)
            #expect(try mesh.client("bar").ping("foo").Error == "no route to node")
        }
    }

    @Test("Only nodes that are allowed get a link, on either side")
    func allowedPeers() throws {
        let members: [Mesh.Member] = [
            .init("foo", listener: "allowedpeers: [bar]"), .init("bar", dials: ["foo"]),
            .init("stranger", dials: ["foo"]), .init("picky", dials: ["bar"], peer: "allowedpeers: [foo]"),
        ]
        try Mesh.with(members, isStarted: false) { mesh in
            for name in ["foo", "bar", "stranger", "picky"] { try mesh[name].start() }
            try mesh.awaitRoutes(among: ["foo", "bar"])
            let refused = "is not in the list of allowed peers"
            for (name, peer) in [("foo", "stranger"), ("picky", "bar")] {
                let log = try #require(mesh[name].daemon?.errors)
                #expect(log.wait { $0.contains("node \(peer) \(refused)") }, "\(log.text)")
            }
            let log = try #require(mesh["stranger"].daemon?.errors)
            #expect(log.wait { $0.contains("the peer rejected the link") }, "\(log.text)")
            for name in ["stranger", "picky"] { #expect(try mesh.client(name).meshStatus().neighbours.isEmpty) }
            for name in ["foo", "bar"] { #expect(try mesh.client(name).meshStatus().neighbours.count == 1) }
        }
    }

    @Test("The costs of links decide the way, and both sides must name the same")
    func costs() throws {
        let members: [Mesh.Member] = [
            .init("foo", listener: "cost: 4\nnodecost:\n  bar: 0.5\n  other: 2.5"),
            .init("bar", dials: ["foo"], peer: "cost: 0.5"),
            .init("other", dials: ["foo", "bar"], peerOf: { $0 == "foo" ? "cost: 2.5" : "cost: 1" }),
            .init("wrong", dials: ["foo"], peer: "cost: 3"),
        ]
        try Mesh.with(members, isStarted: false) { mesh in
            for name in ["foo", "bar", "other", "wrong"] { try mesh[name].start() }
            try mesh.awaitRoutes(among: ["foo", "bar", "other"])
            let foo = try mesh.client("foo")
            #expect(try settles { try foo.meshStatus().RoutingTable["other"] == "bar" })
            #expect(try foo.meshStatus().neighbours["bar"] == 0.5)
            #expect(try foo.meshStatus().neighbours["other"] == 2.5)
            #expect(try settles { try foo.meshStatus().KnownConnectionCosts["other"] == ["foo": 2.5, "bar": 1] })
            // Either side may be the first to see it.
            func tells(_ name: String) throws -> Bool { try mesh[name].log.contains("make them the same") }
            #expect(try settles { try tells("foo") || tells("wrong") })
            #expect(try settles { try mesh.client("wrong").meshStatus().neighbours.isEmpty })
            #expect(try settles { try foo.meshStatus().neighbours.keys.sorted() == ["bar", "other"] })
        }
    }

    @Test("Of two nodes with one ID the later one leaves the mesh and says what to do")
    func duplicate() throws {
        let members: [Mesh.Member] = [
            .init("hub", work: Self.work), .init("edge", dials: ["hub"], work: Self.work),
            .init("foo", dials: ["hub"], work: Self.work),
        ]
        try Mesh.with(members) { mesh in
            let file = NodeFile(
                id: "foo",
                sections: "tcp-peers:\n  - address: 127.0.0.1:\(try mesh.port(of: "edge"))\n"
            )
            let later = try Node(file, in: Scratch("later", in: mesh.scratch))
            defer { later.remove() }
            try later.start()
            let log = try #require(later.daemon?.errors)
            #expect(log.wait { $0.contains("another node has the ID foo") }, "\(log.text)")
            #expect(log.wait { $0.contains("give this node an ID of its own") }, "\(log.text)")
            #expect(try settles { try later.client.meshStatus().neighbours.isEmpty })
            // Its own work goes on, and so does the mesh of the others.
            #expect(try later.client.resultsText(later.client.submit("cat", payload: "alone")) == "alone")
            #expect(try settles { try mesh.client("edge").meshStatus().RoutingTable["foo"] == "hub" })
            #expect(try works(mesh, "edge", "foo"))
            #expect(try works(mesh, "foo", "edge"))
        }
    }

    @Test("A second node with the ID of a neighbour gets no link")
    func duplicateNeighbour() throws {
        try Mesh.with([.init("hub", work: Self.work), .init("foo", dials: ["hub"], work: Self.work)]) { mesh in
            let file = NodeFile(
                id: "foo",
                sections: "tcp-peers:\n  - address: 127.0.0.1:\(try mesh.port(of: "hub"))\n"
            )
            let later = try Node(file, in: Scratch("later", in: mesh.scratch))
            defer { later.remove() }
            try later.start()
            let log = try #require(mesh["hub"].daemon?.errors)
            #expect(log.wait { $0.contains("there is a link with node foo already") }, "\(log.text)")
            #expect(try later.client.meshStatus().neighbours.isEmpty)
            #expect(try works(mesh, "hub", "foo"))
        }
    }

    /// What a rule of the node in the middle does.
    enum Action: String, CaseIterable { case reject, drop }

    @Test(
        "Firewall rules of a node in between stop pings and work, and what they do not name passes",
        arguments: Action.allCases
    )
    func firewall(action: Action) throws {
        let rules = """
            firewallrules:
              - {action: accept, fromnode: friend, tonode: bar}
              - {action: \(action), fromnode: /f.*/, tonode: bar, toservice: ping}
              - {action: \(action), tonode: bar, toservice: control}
            """
        let members: [Mesh.Member] = [
            .init("hop", nodeKeys: rules), .init("foo", dials: ["hop"], work: Self.work),
            .init("friend", dials: ["hop"], work: Self.work), .init("bar", dials: ["hop"], work: Self.work),
        ]
        try Mesh.with(members) { mesh in
            let foo = try mesh.client("foo")
            let (unit, result) = try foo.submit("cat", to: "bar")
            #expect(result == "Job Submitted")
            let reason = action == .reject ? "blocked by firewall" : "no answer within"
            #expect(settles { (try? foo.status(unit).Detail.contains(reason)) == true })
            #expect(try foo.status(unit).StateName == "Pending")
            #expect(try foo.cancel(unit) == "{\"cancelled\":\"\(unit)\"}\n")
            let ping = try foo.ping("bar")
            #expect(!ping.Success)
            #expect(ping.Error == (action == .reject ? "blocked by firewall" : "timeout"))
            // The other way, another service, another node.
            #expect(try mesh.client("bar").ping("foo").Success)
            #expect(try works(mesh, "bar", "foo"))
            #expect(try mesh.client("friend").ping("bar").Success)
            #expect(try works(mesh, "friend", "bar"))
            // Its own to foo, and friend's.
            #expect(try mesh["bar"].unitsOnDisk().count == 2)
        }
    }
}
