import Foundation
import Testing

@Suite("Replies that clients match on", .blocking)
struct ErrorLineTests {
    /// What a Receptor control service answered to each command.
    struct Sessions: Decodable {
        struct Sessions: Decodable { let errors: [String: [String]] }
        let sessions: Sessions
    }

    /// Commands whose answer is another one here until the node has a mesh: none of them is in `errors`, and the
    /// sessions `ping`, `traceroute`, `connect_nosuch`, `status`, `submit_remote` and `list` speak of the peer bar.
    static let answeredByTheMesh: Set<String> = []

    @Test("Every error line is the one that Receptor writes, and leaves the session open and nothing on disk")
    func errorLines() throws {
        let data = try Data(contentsOf: URL(filePath: Binaries.fixture("control-sessions.json")))
        let errors = try JSONDecoder().decode(Sessions.self, from: data).sessions.errors
        try #require(errors.count >= 26)
        try Node.with { node in
            for (command, lines) in errors.sorted(by: { $0.key < $1.key })
            where !Self.answeredByTheMesh.contains(command) {
                let connection = try ControlConnection(unix: node.socket)
                #expect(try connection.line() == lines[0])
                try connection.send(command + "\n")
                #expect(try connection.line() == lines[1], "answer to \(command)")
                try connection.send("work list\n")
                #expect(try connection.line() == "{}\n", "after \(command)")
            }
            #expect(try node.unitsOnDisk() == [])
        }
    }

    @Test("A refused submit says what is wrong with it, and leaves nothing on disk")
    func refusals() throws {
        let work = """
            - worktype: fixed
              command: cat
            - worktype: free
              command: echo
              allowruntimeparams: true
            """
        try Node.with(work: work) { node in
            func answer(_ fields: [String: String]) throws -> String {
                try node.client.command(String(Client.submitLine("free", parameters: fields).dropLast()))
            }
            #expect(try answer(["worktype": "nosuch"]) == "ERROR: unknown work type nosuch\n")
            #expect(
                try answer(["worktype": "fixed", "params": "x"]) == "ERROR: extra params provided but not allowed\n"
            )
            #expect(try answer(["ttl": "1m"]) == "ERROR: ttl option is intended for remote work only\n")
            #expect(try answer(["signature": "x.y.z"]) == "ERROR: work type did not expect a signature\n")
            #expect(try answer(["params": "'open"]).hasPrefix("ERROR: invalid parameters: params has a quote"))
            #expect(try answer(["speed": "1"]).contains("not 'speed'"))
            #expect(try answer(["signwork": "yes"]).hasPrefix("ERROR: field signwork"))
            for name in ["", " ", "a b", "a\nb", "a\u{0}"] {
                #expect(try answer(["node": name]).hasPrefix("ERROR: field node "))
            }
            #expect(try answer(["params": "a\u{0}b"]) == "ERROR: field params contains a zero byte\n")
            #expect(try answer(["a\u{0}b": "x"]) == "ERROR: field ab contains a zero byte\n")
            for time in ["9223372036854775807ns", "99999999999999999999h", "1e400h"] {
                #expect(try answer(["node": "elsewhere", "ttl": time]).hasPrefix("ERROR: "))
            }
            #expect(
                try answer(["node": "elsewhere", "secret_key": "x"])
                    == "ERROR: cannot send secrets over a non-TLS connection\n"
            )
            #expect(try answer(["node": "elsewhere", "ttl": "soon"]).hasPrefix("ERROR: field ttl"))
            #expect(try answer(["node": "elsewhere", "signwork": "true"]).contains("no work-signing key"))
            let (onDisk, listed) = (try node.unitsOnDisk(), try node.client.list())
            #expect(onDisk == [] && listed.isEmpty)
        }
    }

    @Test("Each command is answered in its JSON form as in its plain form, in any case, with carriage returns")
    func forms() throws {
        try Node.with { node in
            let unit = try node.client.submit("cat", payload: "x")
            try node.client.end(unit)
            let status = try node.client.command("work status \(unit)")
            for line in [
                "WORK Status \(unit)\r", #"{"command":"WORK","subcommand":"status","unitid":"\#(unit)"}"#,
                #"{"command":"work","subcommand":"status","unitid":"\#(unit)","more":[1,{"a":null}]}"#,
            ] {
                #expect(try node.client.command(line) == status)
            }
            let list = "{\"\(unit)\":\(status.dropLast())}\n"
            #expect(try node.client.command("work list") == list)
            #expect(try node.client.command("work list \(unit)") == list)
            #expect(try node.client.command(#"{"command":"work","subcommand":"list","unitid":"\#(unit)"}"#) == list)
            #expect(try node.client.command(#"{"command":"work","subcommand":"list"}"#) == list)
            for position in [#"1"#, #""1""#] {
                let connection = try node.client.connect()
                try connection.send(
                    #"{"command":"work","subcommand":"results","unitid":"\#(unit)","startpos":\#(position)}"# + "\n"
                )
                #expect(try connection.line() == "Streaming results for work unit \(unit)\n")
                #expect(try connection.rest() == [])
            }
            #expect(
                try node.client.command(#"{"command":"work","subcommand":"cancel","unitid":"\#(unit)"}"#)
                    == "{\"cancelled\":\"\(unit)\"}\n"
            )
            #expect(
                try node.client.command(#"{"command":"work","subcommand":"release","unitid":"\#(unit)"}"#)
                    == "{\"released\":\"\(unit)\"}\n"
            )
        }
    }

    @Test("The status has exactly the members that the protocol names, and those that are asked for")
    func status() throws {
        try Node.with { node in
            let line = try node.client.command("status")
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(
                Set(object.keys) == [
                    "Version", "SystemCPUCount", "SystemMemoryMiB", "NodeID", "Connections", "RoutingTable",
                    "Advertisements", "KnownConnectionCosts",
                ]
            )
            // Users of libraries go through them without asking whether there is anything.
            #expect((object["Connections"] as? [Any])?.isEmpty == true)
            for name in ["RoutingTable", "KnownConnectionCosts"] {
                #expect((object[name] as? [String: Any])?.isEmpty == true, "\(name): \(line)")
            }
            let advertisements = try #require(object["Advertisements"] as? [[String: Any]])
            #expect(advertisements.count == 1)
            #expect(advertisements.first?["Service"] as? String == "control")
            let fields = #"{"command":"status","requested_fields":["NodeID","nothing"]}"#
            #expect(try node.client.command(fields) == "{\"NodeID\":\"foo\"}\n")
            #expect(try node.client.command("ping foo").hasPrefix("{\"From\":\"foo\",\"Success\":true,\"Time\":"))
            #expect(try node.client.command("traceroute localhost").hasPrefix("{\"0\":{\"From\":\"foo\",\"Time\":"))
        }
    }
}
