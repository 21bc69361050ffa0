import Testing
import TimeFormats
import Workceptor

@testable import Configuration

@Suite struct `Values at their extremes` {
    /// Sections with their keys that take a number, a duration or a mode; `V` stands for the value.
    private static let places = [
        "node: {maxidleconnectiontimeout: V}", "work-signing: {privatekey: k, tokenexpiration: V}",
        "control-service: {permissions: V}", "control-service: {tcplisten: V}", "control-service: {tcplisten: 'h:V'}",
        "tcp-listener: {port: V}", "tcp-listener: {port: 1, cost: V}", "tcp-listener: {port: 1, nodecost: {a: V}}",
        "udp-listener: {port: V, cost: V}", "ws-listener: {port: V, cost: V, nodecost: {a: V}}",
        "tcp-peer: {address: 'h:V'}", "tcp-peer: {address: 'h:1', cost: V}", "udp-peer: {address: 'h:1', cost: V}",
        "ws-peer: {address: 'ws://h:V', cost: V}", "tcp-server: {port: V, remotenode: n, remoteservice: s}",
        "udp-server: {port: V, remotenode: n, remoteservice: s}", "tcp-client: {service: s, address: 'h:V'}",
        "unix-socket-server: {filename: /s, permissions: V, remotenode: n, remoteservice: s}",
        "cert-init: {commonname: a, outcert: a, outkey: a, bits: V}",
        "cert-makereq: {commonname: a, outreq: a, bits: V}",
    ]

    private static let values: [String] =
        [
            "0", "-0", "-1", "1", "21s", "5m", "65535", "65536", "4294967295", "4294967296", "9223372036854775807",
            "9223372036854775808", "-9223372036854775808", "18446744073709551615", "18446744073709551616",
            "99999999999999999999999999999999", "1e308", "1e309", "-1e308", "5e-324", ".inf", "-.inf", ".nan", "nan",
            "inf", "0x7fffffff", "1_000", "9223372036854775807ns", "9223372036854775808ns", "2562047h", "2562048h",
            "-2562047h", "876000h", "876000h1ns", "0.000000001ns", "1h1h1h", "null", "~", "''", "[]", "{}", "true",
        ] + [String(repeating: "9", count: 5000), String(repeating: "0", count: 5000) + "1"]

    private func check(_ file: Configuration) {
        #expect((Duration.seconds(21)...Duration.seconds(876_000 * 3600)).contains(file.node.maxIdleConnectionTimeout))
        if let signing = file.workSigning {
            #expect(signing.tokenExpiration > .zero && signing.tokenExpiration <= .seconds(876_000 * 3600))
        }
        let costs =
            file.tcpListeners.flatMap { [$0.cost] + $0.nodeCosts.values } + file.tcpPeers.map(\.cost)
            + file.udpListeners.flatMap { [$0.cost] + $0.nodeCosts.values } + file.udpPeers.map(\.cost)
            + file.wsListeners.flatMap { [$0.cost] + $0.nodeCosts.values } + file.wsPeers.map(\.cost)
        for cost in costs { #expect((1e-9...1e9).contains(cost)) }
        for address in file.tcpPeers.map(\.address) + file.tcpClients.map(\.address) { #expect(address.port > 0) }
    }

    /// Nothing that a number is computed with later is beyond what the computation bears.
    @Test func `are refused with their place, or within sensible bounds`() {
        for place in Self.places {
            for value in Self.values {
                let draft = Sample.draft(place.replacing("V", with: value))
                for problem in draft.problems {
                    #expect(problem.position?.line == 1 && problem.message.utf8.count < 300, "\(problem)")
                }
                if draft.problems.isEmpty { check(draft.configuration) }
            }
        }
    }

    private struct Timed: WorkTypeSettings {
        var time: Duration?
        static let keys = [SettingKey("time", "a time", default: "none")]
    }

    @Test(arguments: [
        ("9223372036854775807ns", false), ("876000h", true), ("876000h1ns", false), ("-1ns", false), ("0", true),
        ("2562047h47m", false), ("5s", true),
    ])
    func `of a plugin's durations are refused for every plugin`(value: String, isAllowed: Bool) throws {
        let file = try Sample.configuration("work-command: {worktype: a, time: '\(value)'}")
        let time = try? file.workCommands[0].settings.settings(Timed.self).time
        #expect((time != nil) == isAllowed)
    }
}
