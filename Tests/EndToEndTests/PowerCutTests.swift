import Foundation
import TestSupport
import Testing

/// Power cuts on a real file system: the image of a disk is copied while the daemon and the runners stand still, which
/// leaves out all that was not synchronized; a daemon starts from each copy on a machine that was started anew.
///
/// `make test` makes a few cuts; with `WORKCEPTOR_FAULTS=full` in the environment there are 200.
@Suite("A power cut on ext4", .blocking, .enabled(if: DiskImage.isAvailable))
struct PowerCutTests {
    private static let cuts = Faults.isFull ? 200 : 6
    private static let work = """
        - worktype: job
          command: bash
          params: -c 'echo "$0" >> SCRATCH/ran; case $1 in cat) cat ;; short) echo "$0" ;; long) sleep 1000 ;; esac'
          allowruntimeparams: true
          gracetime: 2s
        """

    @Test("leaves every accepted unit, takes no end back and runs nothing again")
    func cuts() throws {
        let scratch = try Scratch()
        let disk = try DiskImage(scratch, megabytes: 48)
        let file = NodeFile(work: Self.work, dataDirectory: disk.path)
        var cuts: [(image: String, told: [String: ToldOfUnit])] = []
        try Node.with(file, in: scratch, options: Node.Options(wrapper: disk.wrapper)) { node in
            let workload = Workload(node.client)
            defer { workload.stop() }
            var generator = SeededGenerator(seed: 3)
            for number in 0..<Self.cuts {
                let before = workload.told.values.filter(\.isAccepted).count
                _ = settles(20) { workload.told.values.filter(\.isAccepted).count > before }
                // The moment is the point.
                usleep(UInt32.random(in: 10_000...120_000, using: &generator))
                let image = scratch.file("cut\(number)")
                let told = try standingStill(node, scratch) {
                    let told = workload.told
                    try disk.copy(to: image)
                    return told
                }
                cuts.append((image, told))
            }
            workload.stop()
            let told = workload.told.values
            #expect(told.filter(\.isAccepted).count >= Self.cuts)
            for unit in try node.client.list().keys { _ = try node.client.forceRelease(unit) }
            let runs = try String(contentsOfFile: scratch.file("ran"), encoding: .utf8).split(separator: "\n")
            #expect(Set(runs).count == runs.count, "a unit ran twice")
            for (number, cut) in cuts.enumerated() {
                for problem in try judge(cut.image, cut.told) { Issue.record("cut \(number): \(problem)") }
                try FileManager.default.removeItem(atPath: cut.image)
            }
        }
    }

    /// Stops the daemon and all that it started, waits until what they had begun with the disk is over, and lets them go
    /// on.
    private func standingStill<Result>(_ node: Node, _ scratch: Scratch, _ body: () throws -> Result) throws -> Result {
        let daemon = try #require(node.daemon?.pid)
        var stopped: Set<Int32> = []
        defer { for pid in stopped { kill(pid, SIGCONT) } }
        for _ in 0..<20 {
            // Who was in a system call when it was stopped ends that first, and may have started another until then.
            let stands = settles(1) {
                let work = ProcessScan.work(under: scratch.path + "/").map(\.pid)
                let spawners = ProcessScan.all().filter { $0.parent == daemon }.map(\.pid)
                let found = Set([daemon] + work + spawners)
                let isComplete = found.isSubset(of: stopped)
                stopped.formUnion(found)
                // Again and again: a cancel that was on its way wakes a runner.
                for pid in found { kill(pid, SIGSTOP) }
                return isComplete && found.allSatisfy(ProcessScan.isStopped)
            }
            if stands { return try body() }
            // One that has just made another process waits for that one, and cannot be stopped.
            for pid in stopped { kill(pid, SIGCONT) }
        }
        throw Unexpected("processes do not stop")
    }

    /// What is wrong with what a daemon finds after a power cut.
    private func judge(_ image: String, _ told: [String: ToldOfUnit]) throws -> [String] {
        let scratch = try Scratch()
        var problems: [String] = []
        let disk = try DiskImage(file: image, in: scratch)
        let file = NodeFile(work: Self.work, dataDirectory: disk.path)
        try Node.with(file, in: scratch, options: Node.Options(wrapper: disk.wrapper)) { node in
            let list = try node.client.list()
            for (unit, told) in told {
                guard let status = list[unit] else {
                    if told.isAccepted, !told.wantsRelease { problems.append("unit \(unit) is missing: \(told)") }
                    continue
                }
                if told.isReleased { problems.append("unit \(unit) is back: \(told)") }
                if let end = told.end, status.StateName != end {
                    problems.append("unit \(unit) is \(status.StateName) (\(status.Detail)): \(told)")
                }
                if told.end == "Succeeded", try node.client.results(unit) != told.output {
                    problems.append("unit \(unit) has lost output: \(told)")
                }
            }
            let isIdle = settles(10) { (try? node.client.list().values.allSatisfy { $0.State > 1 }) ?? false }
            if !isIdle { problems.append("units do not end") }
            if FileManager.default.fileExists(atPath: scratch.file("ran")) { problems.append("work ran again") }
        }
        return problems
    }
}

/// What a client was told of a unit.
struct ToldOfUnit: Sendable {
    var isAccepted = false
    var end: String?
    var output: [UInt8] = []
    var wantsRelease = false
    var isReleased = false
}

/// Clients that submit, cancel and release all the time and note what they are told.
private final class Workload: Sendable {
    private let client: Client
    private let noted = Locked<[String: ToldOfUnit]>([:])
    private let isStopped = Locked(false)
    private let group = DispatchGroup()

    init(_ client: Client) {
        self.client = client
        for number in 0..<4 {
            group.enter()
            Thread.detachNewThread {
                var generator = SeededGenerator(seed: UInt64(number))
                while !self.isStopped.value { try? self.doSomething(&generator) }
                self.group.leave()
            }
        }
    }

    var told: [String: ToldOfUnit] { noted.value }

    func stop() {
        isStopped.update { $0 = true }
        group.wait()
    }

    private func note(_ unit: String, _ change: (inout ToldOfUnit) -> Void) {
        noted.update { change(&$0[unit, default: ToldOfUnit()]) }
    }

    private func doSomething(_ generator: inout SeededGenerator) throws {
        let kind = ["cat", "short", "long"].randomElement(using: &generator) ?? "cat"
        let payload = [UInt8](repeating: 0x61, count: Int.random(in: 0...20_000, using: &generator))
        let (connection, unit) = try client.beginSubmit(
            "job",
            parameters: ["params": "\(UInt64.random(in: 0...UInt64.max, using: &generator)) \(kind)"]
        )
        note(unit) { _ in }
        try connection.send(payload)
        connection.halfClose()
        try Client.checkStarted(try connection.line(), unit)
        note(unit) { $0.isAccepted = true }
        if kind == "long" {
            guard try client.cancel(unit).contains("\"cancelled\"") else { return }
            note(unit) { $0.end = "Canceled" }
        } else {
            let output = try client.results(unit)
            let end = try client.status(unit).StateName
            note(unit) { told in
                told.output = output
                told.end = end
            }
        }
        guard Int.random(in: 0..<2, using: &generator) == 0 else { return }
        note(unit) { $0.wantsRelease = true }
        guard try client.release(unit).contains("\"released\"") else { return }
        note(unit) { $0.isReleased = true }
    }
}
