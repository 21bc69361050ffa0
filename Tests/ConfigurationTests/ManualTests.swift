import Testing
import Workceptor

@testable import Configuration

@Suite struct `The manual's files` {
    @Test(arguments: [Manual.foo, Manual.fooAsList])
    func `foo says the same in both layouts`(text: String) throws {
        let foo = try Sample.configuration(text)
        #expect(foo.node.id == "foo")
        #expect(foo.logLevel.level == .debug)
        #expect(foo.tcpListeners.map(\.port) == [2222])
        #expect(foo.controlServices.map(\.service) == ["control"])
        #expect(foo.controlServices.map(\.path) == ["/tmp/foo.sock"])
        #expect(foo.workCommands.map(\.worktype) == ["echoint"])
        #expect(foo.workCommands.map(\.plugin) == ["command"])
        #expect(
            try foo.workCommands.map { try $0.settings.settings(CommandSettings.self) }
                == [CommandSettings(command: "bash", params: "-c \"for i in {1..5}; do echo $i; sleep 1; done\"")]
        )
    }

    @Test(arguments: [Manual.bar, Manual.barAsList])
    func `bar says the same in both layouts`(text: String) throws {
        let bar = try Sample.configuration(text)
        #expect(bar.node.id == "bar")
        #expect(bar.logLevel.level == .debug)
        #expect(bar.tcpPeers.map(\.address) == [NetworkAddress(host: "localhost", port: 2222)])
        #expect(bar.controlServices.map(\.path) == [nil])
        #expect(bar.workCommands.map(\.worktype) == ["echoint", "echopayload"])
        #expect(
            try bar.workCommands[1].settings.settings(CommandSettings.self).params
                == "-c \"while read -r line; do echo ${line^^}; sleep 3; done\""
        )
    }

    @Test func `tell the daemon where each section stands`() throws {
        let features = try Sample.configuration(Manual.foo).features.map { "\($0.position): \($0.section)" }
        #expect(
            features == [
                "f.yml:3:1: node", "f.yml:6:1: log-level", "f.yml:10:5: tcp-listeners",
                "f.yml:13:5: control-services", "f.yml:17:5: work-commands",
            ]
        )
    }

    @Test func `can be signed and verified`() throws {
        let node = try Sample.configuration(
            """
            work-signing:
              privatekey: /full/path/signworkprivate.pem
              tokenexpiration: 30m
            work-verification:
              publickey: /full/path/signworkpublic.pem
            work-commands:
              - workType: echopayload
                command: bash
                verifysignature: true
            """
        )
        #expect(node.workSigning?.tokenExpiration == .seconds(1800))
        #expect(node.workVerification?.publicKey == "/full/path/signworkpublic.pem")
        #expect(node.workCommands.map(\.verifySignature) == [true])
    }
}
