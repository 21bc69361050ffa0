import Foundation
import Testing

@Suite("Signed work on another node", .blocking, .enabled(if: SigningKey.isAvailable))
struct SignedWorkTests {
    private static let work = """
        - worktype: secure
          command: cat
          verifysignature: true
        - worktype: securesleep
          command: bash
          params: -c "echo begun; sleep 1000"
          verifysignature: true
        - worktype: open
          command: cat
        """

    /// foo, which signs with a key, and bar, which verifies with it; `stranger` signs with another, `poor` has none.
    private func withNodes(_ body: (Mesh, SigningKey) throws -> Void) throws {
        let scratch = try Scratch()
        let right = try SigningKey("right", in: scratch)
        let wrong = try SigningKey("wrong", in: scratch)
        func signing(_ key: SigningKey) -> String { "work-signing:\n  privatekey: \(key.privatePath)\n" }
        let members: [Mesh.Member] = [
            .init("bar", work: Self.work, sections: "work-verification:\n  publickey: \(right.publicPath)\n"),
            .init("foo", dials: ["bar"], sections: signing(right) + "  tokenexpiration: 1m\n"),
            .init("stranger", dials: ["bar"], sections: signing(wrong)), .init("poor", dials: ["bar"]),
        ]
        try Mesh.with(members, in: scratch) { mesh in try body(mesh, right) }
    }

    @Test("Work that is signed with the right key runs; it is canceled and released across the mesh")
    func accepted() throws {
        try withNodes { mesh, _ in
            let (foo, bar) = (try mesh["foo"], try mesh["bar"])
            let signed = ["signwork": "true"]
            let payload = Array("signed".utf8)
            let (unit, result) = try foo.client.submit("secure", to: "bar", payload: payload, parameters: signed)
            #expect(result == "Job Started")
            #expect(try foo.client.resultsText(unit) == "signed")
            #expect(try foo.client.status(unit).StateName == "Succeeded")
            #expect(try foo.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            let canceled = try foo.client.submit("securesleep", to: "bar", parameters: signed).unit
            // Its results are signed for too.
            #expect(try foo.client.results(opening: canceled).line() == "begun\n")
            #expect(try foo.client.cancel(canceled) == "{\"cancelled\":\"\(canceled)\"}\n")
            #expect(try foo.client.end(canceled).StateName == "Canceled")
            let remote = try #require(try foo.client.status(canceled).extra?.RemoteUnitID)
            #expect(try bar.client.status(remote).StateName == "Canceled")
            #expect(try foo.client.release(canceled) == "{\"released\":\"\(canceled)\"}\n")
            let forced = try foo.client.submit("securesleep", to: "bar", parameters: signed).unit
            #expect(try foo.client.forceRelease(forced) == "{\"released\":\"\(forced)\"}\n")
            for node in [foo, bar] { #expect(try node.unitsOnDisk() == []) }
            #expect(bar.workProcesses() == [])
        }
    }

    @Test("What is not signed right is refused with what to change, and leaves nothing there and one record here")
    func refused() throws {
        try withNodes { mesh, _ in
            let signed = ["signwork": "true"]
            let cases: [(node: String, type: String, parameters: [String: String], reason: String)] = [
                ("foo", "secure", [:], "submit with --signwork"),
                ("poor", "secure", [:], "submit with --signwork"),
                ("stranger", "secure", signed, "sign with the private key of that pair"),
                ("foo", "open", signed, "work type did not expect a signature"),
            ]
            for (name, type, parameters, reason) in cases {
                let node = try mesh[name]
                let before = try node.unitsOnDisk()
                let (connection, unit) = try node.client.beginSubmit(type, node: "bar", parameters: parameters)
                try connection.send("payload")
                connection.halfClose()
                let line = try connection.line()
                #expect(line.hasPrefix("ERROR: ") && line.contains(reason), "\(name): \(line)")
                let status = try node.client.status(unit)
                #expect(status.StateName == "Failed" && status.Detail.contains(reason), "\(status)")
                #expect(try node.client.results(unit) == [])
                #expect(try node.unitsOnDisk() == (before + [unit]).sorted())
                #expect(try mesh["bar"].unitsOnDisk() == [])
                #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            }
            // Without a key nothing is sent at all.
            let line = String(Client.submitLine("secure", node: "bar", parameters: signed).dropLast())
            let answer = try mesh.client("poor").command(line)
            #expect(answer.hasPrefix("ERROR: ") && answer.contains("work-signing"), "\(answer)")
            #expect(try mesh["poor"].unitsOnDisk() == [])
        }
    }

    @Test("Tokens that somebody made are refused when they come through the mesh; the right one is not")
    func madeTokens() throws {
        try withNodes { mesh, key in
            let other = try SigningKey("other", in: mesh.scratch)
            let poor = try mesh.client("poor")
            let bar = #"["bar"]"#
            func answer(_ fields: [String: String]) throws -> String {
                let connection = try poor.connect(through: "bar")
                try connection.send(Client.line(fields))
                return try connection.line()
            }
            func submit(_ token: String?) -> [String: String] {
                ["command": "work", "subcommand": "submit", "node": "bar", "worktype": "secure"]
                    .merging(token.map { ["signature": $0] } ?? [:]) { $1 }
            }
            let good = try key.token(audience: bar)
            let none = SigningKey.base64URL(Data(#"{"alg":"none"}"#.utf8))
            let refused: [(String?, reason: String)] = [
                (nil, "submit with --signwork"), (try key.token(audience: bar, lifetime: -2), "raise tokenexpiration"),
                (try key.token(audience: #"["foo"]"#), "submit to the node that the token names"),
                (try other.token(audience: bar), "sign with the private key of that pair"),
                ("\(none).\(good.split(separator: ".")[1]).", "none"),
                (try key.tokenWithSharedSecret(audience: bar), "HS512"),
            ]
            for (token, reason) in refused {
                let line = try answer(submit(token))
                #expect(line.hasPrefix("ERROR: could not verify signature") && line.contains(reason), "\(line)")
            }
            #expect(try mesh["bar"].unitsOnDisk() == [])
            // Also what is asked of a unit.
            let unit = try mesh.client("bar").submit("securesleep")
            for command in ["results", "cancel", "release", "force-release"] {
                let line = try answer(["command": "work", "subcommand": command, "unitid": unit, "startpos": "0"])
                #expect(line.hasPrefix("ERROR: could not verify signature"), "\(command): \(line)")
            }
            #expect(try mesh.client("bar").status(unit).StateName == "Running")
            let fields = ["command": "work", "subcommand": "release", "unitid": unit, "signature": good]
            #expect(try answer(fields) == "{\"released\":\"\(unit)\"}\n")
            let connection = try poor.connect(through: "bar")
            try connection.send(Client.line(submit(good)))
            let started = try Client.unit(in: connection.line())
            try connection.send("made by hand")
            connection.halfClose()
            try Client.checkStarted(connection.line(), started)
            #expect(try mesh.client("bar").resultsText(started) == "made by hand")
        }
    }
}
