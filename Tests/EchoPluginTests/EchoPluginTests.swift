import EchoPlugin
import Testing
import WorkTypeTestKit
import Workceptor

@Suite struct `The echo plugin` {
    @Test func `does what every work type must`() async throws {
        try await WorkTypeConformance.verify(
            EchoPlugin(),
            quick: EchoSettings(),
            endless: EchoSettings(delay: .seconds(1000))
        )
    }

    @Test func `answers with the payload`() async throws {
        try await WorkTypeFixture.with(EchoPlugin(), settings: EchoSettings()) { fixture in
            let payload = String(repeating: "0123456789", count: 100_000)
            let result = try await fixture.run(payload: payload)
            #expect(result.stdout == payload)
        }
    }

    @Test func `answers with a fixed text instead`() async throws {
        try await WorkTypeFixture.with(EchoPlugin(), settings: EchoSettings(reply: "pong")) { fixture in
            let result = try await fixture.run(payload: "ping")
            #expect(result.stdout == "pong\n")
        }
    }

    @Test func `fails on demand with the given detail`() async throws {
        try await WorkTypeFixture.with(EchoPlugin(), settings: EchoSettings(failure: "no luck")) { fixture in
            let result = try await fixture.run(payload: "x")
            #expect(result.status.state == .failed && result.status.detail == "no luck" && result.stdout == "x")
        }
    }

    @Test func `answers again after a restart, once`() async throws {
        try await WorkTypeFixture.with(EchoPlugin(), settings: EchoSettings()) { fixture in
            let unit = try await fixture.recoverUnit(leftIn: .running, payload: "again")
            let result = try await fixture.result(of: unit)
            #expect(result.status.state == .succeeded && result.stdout == "again")
        }
    }
}
