/// What a runner writes down about its unit, in the file `runner` of the unit's directory.
///
/// The file is a log of lines in a block that is allocated when the file is made, so that writing the end cannot fail
/// for want of space. Creating it is the claim on the unit: whoever creates it first, a runner or a daemon that gives
/// the unit up, decides whether the command starts. It never starts twice.
public struct RunnerRecord: Sendable, Hashable {
    /// The file's name in the unit's directory.
    public static let fileName = "runner"
    /// The size of the block, in bytes; what is not written yet is zero.
    public static let blockSize = 4096

    /// How the work ended.
    public enum End: Sendable, Hashable {
        /// The command exited with this status.
        case exited(Int32)
        /// The command was ended by this signal.
        case signaled(Int32)
        /// The command could not be started: an `errno`.
        case unstartable(Int32)
    }

    /// The runner, as claimed; `nil` when a daemon gave the unit up.
    public var runner: ProcessStamp?
    /// The boot of the machine in which the runner and the command live.
    public var bootID: String
    /// The milliseconds that the command has to end when it is cancelled; `nil` in records of version 0.1.
    public var graceMilliseconds: Int?
    /// The command's process, once started; also the number of its process group.
    public var command: ProcessStamp?
    /// The file that the command's output goes to, once started; `nil` in records of version 0.1.
    public var output: FileID?
    /// Whether a cancel request arrived before the command ended.
    public var cancelRequested = false
    /// How it ended, once it has.
    public var end: End?
    /// The size of `stdout` when it ended, in bytes.
    public var stdoutSize: Int64 = 0
    /// Whether the unit's disk was full when the command ended.
    public var diskFull = false
    /// The file that the runner made; `nil` when a daemon gave the unit up, and in records of version 0.1.
    public var file: FileID?
    /// Whether the record was read from a copy of that file: the runner and the command are another directory's.
    public var isCopied = false

    /// A record as it is when it is created.
    public init(runner: ProcessStamp?, bootID: String, graceMilliseconds: Int? = nil) {
        self.runner = runner
        self.bootID = bootID
        self.graceMilliseconds = graceMilliseconds
    }

    /// The first lines of a new record.
    public var claim: String {
        let owner = runner.map { "\($0.pid) \($0.startTime)" } ?? "none"
        let grace = graceMilliseconds.map { "grace \($0)\n" } ?? ""
        return "workceptor-runner-record 1\nclaim \(owner) \(bootID)\n\(grace)"
    }

    /// The line that tells which file the record is in.
    public static func fileLine(_ file: FileID) -> String { "file \(file.device) \(file.inode)\n" }

    /// The line that tells of the started command.
    public static func commandLine(_ command: ProcessStamp) -> String {
        "command \(command.pid) \(command.startTime)\n"
    }

    /// The line that tells where the command's output goes.
    public static func outputLine(_ file: FileID) -> String { "output \(file.device) \(file.inode)\n" }

    /// The line that tells of a cancel request.
    public static let cancelLine = "cancel\n"

    /// The line that tells of the end.
    public static func endLine(_ end: End, stdoutSize: Int64, diskFull: Bool) -> String {
        let (kind, value) =
            switch end {
            case .exited(let status): ("exited", status)
            case .signaled(let signal): ("signaled", signal)
            case .unstartable(let errno): ("unstartable", errno)
            }
        return "end \(kind) \(value) \(stdoutSize) \(diskFull ? "full" : "ok")\n"
    }

    /// Reads a record; lines that are not complete do not count. `nil` when there is no claim in it.
    public init?(decoding bytes: [UInt8]) {
        let text = bytes.prefix { $0 != 0 }
        guard let lastNewline = text.lastIndex(of: UInt8(ascii: "\n")) else { return nil }
        let lines = text[..<lastNewline].split(separator: UInt8(ascii: "\n")).map { line in
            line.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        }
        guard lines.first == ["workceptor-runner-record", "1"] else { return nil }
        guard let claim = lines.dropFirst().first, claim.first == "claim" else { return nil }
        if claim.count == 3, claim[1] == "none" {
            self.init(runner: nil, bootID: claim[2])
        } else if claim.count == 4, let stamp = ProcessStamp(claim[1], claim[2]) {
            self.init(runner: stamp, bootID: claim[3])
        } else {
            return nil
        }
        for line in lines.dropFirst(2) { note(line) }
    }

    private mutating func note(_ line: [String]) {
        switch line.first {
        case "command" where line.count == 3:
            command = ProcessStamp(line[1], line[2])
        case "file" where line.count == 3:
            file = FileID(line[1], line[2])
        case "output" where line.count == 3:
            output = FileID(line[1], line[2])
        case "grace" where line.count == 2:
            graceMilliseconds = Int(line[1])
        case "cancel":
            cancelRequested = true
        case "end" where line.count == 5:
            guard let value = Int32(line[2]), let size = Int64(line[3]) else { return }
            switch line[1] {
            case "exited": end = .exited(value)
            case "signaled": end = .signaled(value)
            case "unstartable": end = .unstartable(value)
            default: return
            }
            stdoutSize = size
            diskFull = line[4] == "full"
        default:
            break
        }
    }
}

/// A process as it can be told from a later one with the same number.
public struct ProcessStamp: Sendable, Hashable {
    /// The process's number.
    public var pid: Int32
    /// When it started, in clock ticks since the machine did (field 22 of `/proc/PID/stat`).
    public var startTime: UInt64

    /// Creates one from its parts.
    public init(pid: Int32, startTime: UInt64) {
        self.pid = pid
        self.startTime = startTime
    }

    init?(_ pid: String, _ startTime: String) {
        guard let pid = Int32(pid), pid > 1, let startTime = UInt64(startTime) else { return nil }
        self.init(pid: pid, startTime: startTime)
    }
}
