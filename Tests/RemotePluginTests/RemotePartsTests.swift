import JSON
import LinuxSystem
import Synchronization
import Testing
import TimeFormats
import Workceptor

@testable import RemotePlugin

@Suite struct `The expiration of a remote unit` {
    @Test(arguments: ["2001-01-01T00:00:00Z", "2001-01-01T00:00:00.123456789+01:00", "1999-12-31T23:59:59-05:30"])
    func `is over when its time has passed`(text: String) {
        let expiration = Expiration(text: text)
        #expect(expiration.isOver && expiration.text == text)
    }

    @Test(arguments: ["0001-01-01T00:00:00Z", "", "x", "2001-01-01", "2001-01-01T00:00:00", "2001-01-01T00:00:00+1"])
    func `is never when there is none`(text: String) {
        #expect(Expiration(text: text).remaining == nil && !Expiration(text: text).isOver)
    }

    @Test func `says how long it is`() throws {
        let remaining = try #require(Expiration(text: Expiration(after: .seconds(3600)).text).remaining)
        #expect(remaining > .seconds(3590) && remaining <= .seconds(3600))
    }

    @Test func `takes time zones into account`() throws {
        let now = Timestamp(unixSeconds: WallClock.now).text
        let inTheWest = Expiration(text: String(now.dropLast()) + "-01:00")
        let remaining = try #require(inTheWest.remaining)
        #expect(remaining > .seconds(3590) && remaining <= .seconds(3600))
    }
}

@Suite struct `What another node says` {
    @Test(arguments: [
        ("Work unit created with ID ab12CD34. Send stdin data and EOF.", "ab12CD34"),
        ("Work unit created with ID ../../x. Send stdin data and EOF.", nil),
        ("Work unit created with ID ", nil), ("created", nil),
    ])
    func `names a unit only if it can be one`(line: String, id: String?) {
        #expect(ControlReply.createdUnit(in: line).flatMap(UnitID.init)?.description == id)
    }

    @Test func `is cut into lines, and the rest stays`() throws {
        var buffer = ByteLines(limit: 100)
        for part in ["a", "b\r\nc", "d\n\nrest"] { buffer.append(Array(part.utf8)) }
        let lines = try [buffer.nextText(), buffer.nextText(), buffer.nextText(), buffer.nextText()]
        #expect(lines == ["ab", "cd", "", nil])
        #expect(buffer.takeRest() == Array("rest".utf8) && buffer.count == 0)
    }

    @Test(arguments: [
        (UnitState.pending, "Waiting for Input Data", true), (.pending, "Starting Worker", false),
        (.failed, "The client disconnected before its payload was complete", true),
        (.failed, "The connection broke before the payload was complete", true),
        (.failed, "exit status 1", false), (.running, "Waiting for Input Data", false), (.succeeded, "", false),
    ])
    func `tells whether a unit never started`(state: UnitState, detail: String, hasNeverStarted: Bool) throws {
        let answer: JSONValue = ["State": .integer(Int64(state.rawValue)), "Detail": .string(detail)]
        #expect(try #require(UnitStatus(reply: answer)).isUnstarted == hasNeverStarted)
    }
}

@Suite struct `A remote unit's record` {
    @Test func `is written as it was read`() throws {
        let text =
            #"{"RemoteNode":"bar","RemoteWorkType":"echoint","RemoteParams":{"a":"b"},"RemoteUnitID":"TTF1Ho2a","RemoteStarted":true,"LocalCancelled":true,"LocalReleased":true,"SignWork":true,"TLSClient":"t","Expiration":"2026-11-24T09:41:07.25+01:00"}"#
        #expect(try #require(RemoteRecord(try JSONValue(parsing: text))).extraData.serialized == text)
    }

    @Test(arguments: ["null", "{}", #"{"RemoteNode":"","RemoteWorkType":"x"}"#, #"{"RemoteNode":"a"}"#])
    func `is none without its node and work type`(text: String) throws {
        #expect(RemoteRecord(try JSONValue(parsing: text)) == nil)
    }
}

@Suite struct `A growing delay` {
    @Test func `grows by half up to its limit`() {
        var delay = GrowingDelay(from: .seconds(1), to: .seconds(60))
        #expect(delay.next() == .seconds(1) && delay.next() == .milliseconds(1500))
        for _ in 0..<20 { _ = delay.next() }
        #expect(delay.next() == .seconds(60))
        delay.reset()
        #expect(delay.next() == .seconds(1))
    }
}
