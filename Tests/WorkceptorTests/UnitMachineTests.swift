import JSON
import TestSupport
import Testing

@testable import Workceptor

/// Inputs of a unit's machine, as values that a generator can make.
enum MachineInput: CaseIterable, Hashable {
    case payloadCompleted, payloadFailed, persisted, started, waits, accepted, reported, recorded, succeeded, failed
    case cancelled, released, releasedElsewhere, releaseElsewhereStopped, releaseForced, filesVanished, deleted
    case deleteFailed
}

extension UnitMachine {
    /// Takes in an input with plain values.
    mutating func take(_ input: MachineInput) -> [Action] {
        switch input {
        case .payloadCompleted: return payloadCompleted() ?? []
        case .payloadFailed: return payloadFailed("no payload")
        case .persisted: return persisted(newest)
        case .started: return started(detail: "Running", extraData: ["Pid": 1], isRecordNeeded: true)
        case .waits: return waits(detail: "Waiting for node bar")
        case .accepted:
            accepted()
            return []
        case .reported: return reported(.running, detail: "there")
        case .recorded:
            _ = recorded(extraData: ["a": 1])
            return []
        case .succeeded: return ended(.succeeded(), stdoutSize: 7)
        case .failed: return ended(.failed("exit status 1"), stdoutSize: 7)
        case .cancelled: return cancelled()
        case .released: return released()
        case .releasedElsewhere: return releasedElsewhere()
        case .releaseElsewhereStopped:
            releaseElsewhereStopped()
            return []
        case .releaseForced: return releaseForced()
        case .filesVanished: return filesVanished()
        case .deleted: return files == .going ? deleted() : []
        case .deleteFailed: return deleteFailed()
        }
    }
}

/// What must hold of a unit whatever happens in whatever order, told from what was put in and what came out: a second
/// account of the machine, made of promises instead of states.
private struct MachineModel {
    private var machine: UnitMachine
    private var hasRun = false
    private var isCancelHeard = false
    private var ending: UnitStatus?
    private var known: UnitStatus?
    private var isDeleting = false
    private var isGone = false
    private var isPayloadKept = false
    private var isPayloadRefused = false
    private var isReleasing = false

    init(isRemote: Bool) {
        machine = UnitMachine(
            admitted: isRemote ? "remote" : "t",
            isRemote: isRemote,
            extraData: isRemote ? ["RemoteNode": "bar"] : .null
        )
    }

    /// The promise that an input breaks; `nil` when all hold.
    mutating func breach(by input: MachineInput) -> String? {
        let before = machine
        let actions = machine.take(input)
        if let breach = checkWork(input, actions, before) ?? checkEnd(input, before)
            ?? checkFiles(input, actions, before)
        {
            return "\(breach): \(input) led from \(before) to \(machine) with \(actions)"
        }
        return nil
    }

    private mutating func checkWork(
        _ input: MachineInput,
        _ actions: [UnitMachine.Action],
        _ before: UnitMachine
    ) -> String? {
        if input == .payloadCompleted, before.phase == .receiving { isPayloadKept = true }
        if input == .cancelled, before.phase != .working, !before.isOver { isCancelHeard = true }
        if actions.contains(.run) {
            if hasRun { return "the work begins twice" }
            if isCancelHeard { return "the work begins after the cancel request was answered" }
            if !isPayloadKept { return "the work begins without its payload" }
            if before.isRemoved { return "the work begins while its files go" }
            if input != .persisted { return "the work begins before the disk has the unit" }
            hasRun = true
        }
        if machine.state == .running, !hasRun { return "it runs and has not begun" }
        if actions.contains(.stop), before.phase != .working { return "work is stopped that has not begun" }
        if [.cancelled, .released].contains(input), before.phase == .working, !before.isRemote, !before.isRemoved,
            !actions.contains(.stop)
        {
            return "work that runs is not asked to end"
        }
        return nil
    }

    private mutating func checkEnd(_ input: MachineInput, _ before: UnitMachine) -> String? {
        if before.state.rawValue > machine.state.rawValue { return "a state goes back" }
        if case .ending(let status) = machine.phase {
            if let ending, ending.state != status.state || ending.detail != status.detail { return "an end changes" }
            ending = status
        }
        if machine.state.isComplete {
            if ending == nil { return "an end comes from nowhere" }
            if known == nil, input != .persisted { return "an end is known before the disk has it" }
            if let known, known.state != machine.state || known.detail != machine.status.detail {
                return "an end is taken back"
            }
            known = machine.status
        }
        return nil
    }

    private mutating func checkFiles(
        _ input: MachineInput,
        _ actions: [UnitMachine.Action],
        _ before: UnitMachine
    ) -> String? {
        if actions.contains(.releaseElsewhere) {
            if isReleasing { return "the other node is asked twice at once" }
            isReleasing = true
        }
        if [.releasedElsewhere, .releaseElsewhereStopped].contains(input) { isReleasing = false }
        if actions.contains(.delete) {
            if isDeleting || isGone { return "the files are deleted twice" }
            if input != .releaseForced, !machine.state.isComplete { return "files go before the end" }
            if input != .releaseForced, machine.isRemote, !machine.isReleasedElsewhere {
                return "files go while the other node has some"
            }
            isDeleting = true
        }
        if input == .deleteFailed { isDeleting = false }
        if input == .deleted, isDeleting { (isDeleting, isGone) = (false, true) }
        if input == .filesVanished { (isDeleting, isGone) = (before.files == .going, before.files != .going) }
        if isGone, machine.files != .gone { return "files come back" }
        return nil
    }
}

@Suite struct `A unit's machine` {
    private typealias Action = UnitMachine.Action

    private func machine(_ inputs: MachineInput..., isRemote: Bool = false) -> UnitMachine {
        var machine = UnitMachine(
            admitted: isRemote ? "remote" : "t",
            isRemote: isRemote,
            extraData: isRemote ? ["RemoteNode": "bar"] : .null
        )
        for input in inputs { _ = machine.take(input) }
        return machine
    }

    @Test func `brings the unit to the disk, then begins the work, then brings its end to the disk, then tells of it`()
    {
        var machine = machine()
        #expect(machine.take(.payloadCompleted) == [.persist(.durably)])
        #expect(machine.take(.persisted) == [.run])
        #expect(machine.take(.started) == [.persist(.atOnce)] && machine.state == .running)
        #expect(machine.take(.succeeded) == [.persist(.durably)] && machine.state == .running)
        #expect(machine.newest.state == .succeeded && machine.newest.stdoutSize == 7)
        #expect(machine.take(.persisted) == [] && machine.state == .succeeded)
    }

    @Test func `need not bring to the disk at once that work runs which is found without`() {
        var machine = machine(.payloadCompleted, .persisted)
        let actions = machine.started(detail: "Running", extraData: ["Pid": 1], isRecordNeeded: false)
        #expect(actions == [.persist(.soon)] && machine.state == .running)
    }

    @Test func `never begins the work of a unit that was cancelled while its payload arrived`() {
        var machine = machine()
        #expect(machine.take(.cancelled) == [.persist(.durably)])
        #expect(machine.payloadCompleted() == nil)
        #expect(machine.take(.persisted) == [] && machine.state == .canceled)
    }

    @Test func `never begins the work of a unit that was cancelled while the disk took it`() {
        var machine = machine(.payloadCompleted)
        #expect(machine.take(.cancelled) == [.persist(.durably)])
        #expect(machine.take(.persisted) == [] && machine.state == .canceled)
    }

    @Test func `asks work that runs to end, each time that somebody asks for it`() {
        var machine = machine(.payloadCompleted, .persisted, .started)
        #expect(machine.take(.cancelled) == [.stop] && machine.take(.cancelled) == [.stop])
        #expect(machine.requests == 2 && machine.state == .running)
    }

    @Test func `deletes a unit once, when the disk has its end`() {
        var machine = machine(.payloadCompleted, .persisted, .started)
        #expect(machine.take(.released) == [.stop] && machine.take(.released) == [.stop])
        #expect(machine.take(.failed) == [.persist(.durably)])
        #expect(machine.take(.persisted) == [.delete] && machine.take(.released) == [])
        #expect(machine.take(.deleted) == [] && machine.files == .gone && machine.take(.released) == [])
    }

    @Test func `deletes a remote unit when the other node has nothing of it, and asks that node once`() {
        var machine = machine(.payloadCompleted, .persisted, .accepted, .succeeded, .persisted, isRemote: true)
        #expect(machine.take(.released) == [.releaseElsewhere] && machine.take(.released) == [])
        #expect(machine.take(.releasedElsewhere) == [.delete])
    }

    @Test func `deletes at once when it is forced, and gives up what goes on`() {
        var local = machine(.payloadCompleted, .persisted, .started, .released)
        #expect(local.take(.releaseForced) == [.delete] && local.take(.deleted) == [.interrupt])
        var remote = machine(.payloadCompleted, .persisted, .released, isRemote: true)
        #expect(remote.take(.releaseForced) == [.abandonElsewhere, .delete])
    }

    @Test func `keeps a unit whose files could not be deleted, with its end`() {
        var machine = machine(.payloadCompleted, .persisted, .started, .released, .releaseForced, .succeeded)
        #expect(machine.take(.deleteFailed) == [.persist(.durably)])
        #expect(machine.take(.persisted) == [] && machine.state == .succeeded && machine.files == .kept)
        #expect(machine.take(.released) == [.delete])
    }

    @Test func `gives a unit up whose files somebody else deleted`() {
        var machine = machine(.payloadCompleted, .persisted, .started)
        #expect(machine.take(.filesVanished) == [.stop, .interrupt] && machine.isRemoved)
        #expect(machine.take(.filesVanished) == [])
    }

    @Test func `remembers after a restart what was asked for`() {
        let status = UnitStatus(state: .running, detail: "Running", workType: "t")
        var machine = UnitMachine(
            recovered: status,
            isRemote: false,
            isCancelRequested: true,
            isReleaseRequested: true
        )
        #expect(machine.isCancelRequested && machine.hasRun && machine.phase == .working)
        #expect(machine.take(.failed) == [.persist(.durably)] && machine.take(.persisted) == [.delete])
    }

    @Test(arguments: [(MachineInput.succeeded, "exit status 0"), (.failed, "exit status 1")])
    func `stays at its end whatever comes later`(end: MachineInput, detail: String) {
        let ended = machine(.payloadCompleted, .persisted, .started, end, .persisted)
        for first in MachineInput.allCases {
            for second in MachineInput.allCases {
                var machine = ended
                _ = (machine.take(first), machine.take(second))
                #expect(machine.status.detail == detail && machine.state == ended.state, "\(first), \(second)")
            }
        }
    }

    @Test func `keeps the ExtraData of a remote unit to the end, and changes it behind the end`() {
        var machine = machine(.payloadCompleted, .persisted, .started, isRemote: true)
        #expect(machine.status.extraData == ["RemoteNode": "bar"])
        let recorded = [machine.recorded(extraData: ["a": 2]), machine.recorded(extraData: ["a": 2])]
        #expect(recorded == [true, false])
        #expect(machine.take(.failed) == [.persist(.durably)])
        #expect(machine.recorded(extraData: ["a": 3]) && machine.newest.extraData == ["a": 3])
        #expect(machine.take(.persisted) == [] && machine.status.extraData == ["a": 3])
        #expect(machine.recorded(extraData: ["a": 4]) && machine.state == .failed)
    }

    @Test func `waits, is accepted, and goes forward as another node reports`() {
        var machine = machine(.payloadCompleted, .persisted, isRemote: true)
        #expect(machine.take(.waits) == [.persist(.soon)] && machine.isWaiting && !machine.hasRun)
        #expect(machine.take(.waits) == [])
        #expect(machine.take(.accepted) == [] && !machine.isWaiting && machine.hasRun)
        #expect(machine.reported(.pending, detail: "p") == [.persist(.soon)] && machine.state == .pending)
        #expect(machine.take(.reported) == [.persist(.soon)] && machine.take(.reported) == [])
        #expect(machine.reported(.pending, detail: "p") == [] && machine.reported(.succeeded, detail: "s") == [])
    }

    /// From every phase that there is.
    private static let beginnings: [[MachineInput]] = [
        [], [.payloadCompleted], [.payloadCompleted, .persisted], [.payloadCompleted, .persisted, .started],
        [.payloadCompleted, .persisted, .waits], [.payloadCompleted, .persisted, .accepted],
        [.payloadCompleted, .persisted, .started, .succeeded],
        [.payloadCompleted, .persisted, .started, .succeeded, .persisted],
        [.payloadCompleted, .persisted, .started, .released], [.cancelled], [.cancelled, .persisted],
        [.payloadCompleted, .persisted, .started, .succeeded, .persisted, .released],
        [.payloadCompleted, .persisted, .started, .succeeded, .persisted, .released, .deleted],
        [.payloadCompleted, .persisted, .started, .releaseForced],
    ]

    @Test(arguments: [false, true], beginnings)
    func `keeps its promises for every pair of inputs in both orders, and every triple`(
        isRemote: Bool,
        beginning: [MachineInput]
    ) {
        for first in MachineInput.allCases {
            for second in MachineInput.allCases {
                for third in MachineInput.allCases {
                    var model = MachineModel(isRemote: isRemote)
                    for input in beginning + [first, second, third] {
                        guard let breach = model.breach(by: input) else { continue }
                        Issue.record("\(breach)")
                        return
                    }
                }
            }
        }
    }

    @Test func `keeps its promises for long sequences of inputs`() {
        // Ten million in the full form, by WORKCEPTOR_FAULTS=full.
        var generator = SeededGenerator(seed: 7)
        let inputs = MachineInput.allCases
        var left = Faults.isFull ? 10_000_000 : 50_000
        while left > 0 {
            var model = MachineModel(isRemote: Bool.random(using: &generator))
            for _ in 0..<Int.random(in: 3...24, using: &generator) {
                let input = inputs[Int.random(in: 0..<inputs.count, using: &generator)]
                if let breach = model.breach(by: input) {
                    Issue.record("\(breach)")
                    return
                }
            }
            left -= 1
        }
    }
}
