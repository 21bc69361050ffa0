import Glibc
@testable import RunnerProtocol
import Testing

@Suite struct `A runner's order` {
    @Test(arguments: [(true, false), (false, true)])
    func `arrives as it was sent`(isDurable: Bool, endsAll: Bool) {
        let order = RunnerOrder(
            directory: "/tmp/ünit",
            arguments: ["bash", "-c", "", "a\nb"],
            graceMilliseconds: 5000,
            openFilesLimit: 1024,
            isDurable: isDurable,
            endsAll: endsAll
        )
        #expect(RunnerOrder(decoding: order.encoded) == order)
    }

    @Test func `that is cut short is none`() {
        let bytes = RunnerOrder(
            directory: "/d",
            arguments: ["ab"],
            graceMilliseconds: 1,
            openFilesLimit: 0,
            isDurable: true,
            endsAll: false
        ).encoded
        for count in 0..<bytes.count { #expect(RunnerOrder(decoding: Array(bytes.prefix(count))) == nil) }
    }
}

@Suite struct `A runner's record` {
    private let stamp = ProcessStamp(pid: 4711, startTime: 99)
    private var claim: String { RunnerRecord(runner: stamp, bootID: "boot").claim }

    private func record(_ lines: String...) -> RunnerRecord? {
        let text = claim + lines.joined()
        return RunnerRecord(decoding: Array(text.utf8) + [UInt8](repeating: 0, count: 100))
    }

    @Test func `tells who claimed the unit, in which boot`() {
        #expect(record()?.runner == stamp && record()?.bootID == "boot" && record()?.end == nil)
    }

    @Test func `of a unit that was given up has no runner`() {
        let text = RunnerRecord(runner: nil, bootID: "boot").claim
        let record = RunnerRecord(decoding: Array(text.utf8))
        #expect(record != nil && record?.runner == nil && record?.bootID == "boot")
    }

    @Test(arguments: [RunnerRecord.End.exited(3), .signaled(9), .unstartable(2)])
    func `tells how the work ended`(end: RunnerRecord.End) {
        let found = record(
            RunnerRecord.commandLine(ProcessStamp(pid: 5, startTime: 6)),
            RunnerRecord.cancelLine,
            RunnerRecord.endLine(end, stdoutSize: 42, diskFull: true)
        )
        #expect(found?.end == end && found?.stdoutSize == 42 && found?.diskFull == true)
        #expect(found?.cancelRequested == true && found?.command?.pid == 5)
    }

    @Test func `tells how long the command has to end, if it is not one of before`() {
        let text = RunnerRecord(runner: stamp, bootID: "boot", graceMilliseconds: 60_000).claim
        #expect(RunnerRecord(decoding: Array(text.utf8))?.graceMilliseconds == 60_000)
        #expect(record()?.runner == stamp && record()?.graceMilliseconds == nil)
    }

    @Test func `does not count a line that is not complete`() {
        #expect(record("end exited 0 1 o")?.end == nil)
    }

    @Test func `that is damaged is none, and never a process to signal`() {
        for text in [
            "", "x", "workceptor-runner-record 1\n", "workceptor-runner-record 1\nclaim -1 2 b\n",
            "workceptor-runner-record 1\nclaim 1 2 b\n", "workceptor-runner-record 1\nclaim 4294967298 2 b\n",
        ] {
            #expect(RunnerRecord(decoding: Array(text.utf8)) == nil)
        }
    }
}

@Suite struct `The process table` {
    @Test func `reads a process whose name has blanks and parentheses`() {
        let line = "77 (a ) (b) S 1 70 69 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 12345 0 0"
        let entry = ProcessTable.parse(Array(line.utf8))
        #expect(entry?.pid == 77 && entry?.parent == 1 && entry?.group == 70 && entry?.session == 69)
        #expect(entry?.startTime == 12345 && entry?.isZombie == false)
    }

    @Test func `stamps a process with its number and its start, the same each time`() throws {
        let stamp = try #require(ProcessTable.stamp(of: getpid()))
        #expect(stamp.pid == getpid() && stamp.startTime > 0)
        #expect(ProcessTable.stamp(of: getpid()) == stamp)
        #expect(ProcessTable.stamp(of: 0) == nil)
    }
}
