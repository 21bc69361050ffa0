import JSON
import Testing

@testable import workceptorctl

/// The expected texts are what receptorctl printed for the same replies.
@Suite struct `The status report` {
    @Test func `has the layout of receptorctl`() throws {
        let reply = """
            {"Advertisements":[{"NodeID":"foo","Service":"control","Time":"2026-11-23T22:15:03.554156206Z","ConnType":1,\
            "Tags":{"type":"Control Service"},"WorkCommands":[{"WorkType":"cat","Secure":false}]},{"NodeID":"bar",\
            "Service":"control","Time":"2026-11-23T22:14:59.930133752Z","ConnType":1,"Tags":{"type":"Control Service"},\
            "WorkCommands":[{"WorkType":"echoint","Secure":false},{"WorkType":"cat","Secure":false}]}],"Connections":\
            [{"NodeID":"bar","Cost":1}],"KnownConnectionCosts":{"bar":{"foo":1},"foo":{"bar":1}},"NodeID":"foo",\
            "RoutingTable":{"bar":"bar"},"SystemCPUCount":2,"SystemMemoryMiB":24105,"Version":"v1.4.9+git52be4019"}
            """
        // A node's connections are followed by a space each.
        let expected = """
            Node ID: foo
            Version: v1.4.9+git52be4019
            System CPU Count: 2
            System Memory MiB: 24105

            Connection   Cost
            bar          1

            Known Node   Known Connections
            bar          foo: 1\u{20}
            foo          bar: 1\u{20}

            Route        Via
            bar          bar

            Node         Service   Type       Last Seen             Tags
            foo          control   Stream     2026-11-23 22:15:03   {'type': 'Control Service'}
            bar          control   Stream     2026-11-23 22:14:59   {'type': 'Control Service'}

            Node         Work Types
            foo          cat
            bar          echoint, cat
            """
        #expect(try report(reply) == expected)
    }

    @Test func `shows long names, missing tags, secure types and members it does not know`() throws {
        let reply = #"""
            {"Advertisements":[{"NodeID":"a-node-with-a-long-name","Service":"control","Time":"2026-11-23T22:15:03.5+02:00",
            "ConnType":2,"Tags":null,"WorkCommands":[{"WorkType":"cat","Secure":true},{"WorkType":"ls","Secure":false}]},
            {"NodeID":"b","Service":"echo","Time":"2026-11-23T22:14:59Z","ConnType":0,"Tags":{"a":"it's","b":"\u00fc"},
            "WorkCommands":null}],"Connections":[{"NodeID":"b","Cost":1.5}],"KnownConnectionCosts":
            {"a-node-with-a-long-name":{"b":1.5,"c":2}},"NodeID":"\u00fcber","RoutingTable":{},"SystemCPUCount":2,
            "SystemMemoryMiB":24105,"Version":"v1","More":{"z":[1,"\u20ac"],"a":{}}}
            """#
        let expected = #"""
            Node ID: über
            Version: v1
            System CPU Count: 2
            System Memory MiB: 24105

            Connection              Cost
            b                       1.5

            Known Node              Known Connections
            a-node-with-a-long-name b: 1.5 c: 2\#u{20}

            Node                    Service   Type       Last Seen             Tags
            a-node-with-a-long-name control   StreamTLS  2026-11-23 22:15:03   -\#u{20}             \#u{20}
            b                       echo      Datagram   2026-11-23 22:14:59   {'a': "it's", 'b': 'ü'}

            Node                    Work Types
            a-node-with-a-long-name ls

            Node                    Secure Work Types
            a-node-with-a-long-name cat
            Additional data returned from Receptor:
            {
                "More": {
                    "a": {},
                    "z": [
                        1,
                        "\u20ac"
                    ]
                }
            }
            """#
        #expect(try report(reply) == expected)
    }

    private func report(_ reply: String) throws -> String {
        NodeStatusReport(try #require(JSONValue(parsing: reply).object)).text
    }
}
