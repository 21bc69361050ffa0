internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol

/// The daemon's side of a unit's record file. Everything here blocks.
enum UnitClaim {
    /// The record of a unit; `nil` when there is none that can be read.
    static func read(_ directory: String) -> RunnerRecord? {
        guard let bytes = try? Files.read(path(directory), limit: RunnerRecord.blockSize) else { return nil }
        return RunnerRecord(decoding: bytes)
    }

    /// Reads the record, or gives the unit up for good: a runner that comes later finds it claimed and starts nothing.
    ///
    /// - Returns: the record; its `runner` is `nil` when the unit was given up.
    static func takeOrRead(_ directory: String) throws(SystemError) -> RunnerRecord? {
        if !Files.exists(path(directory)) {
            let record = RunnerRecord(runner: nil, bootID: ProcessTable.bootID())
            let aside = "\(path(directory)).\(getpid())"
            defer { unlink(aside) }
            try? Files.remove(aside)
            try Descriptor(opening: aside, flags: O_WRONLY | O_CREAT | O_EXCL, for: "create").write(Array(record.claim.utf8))
            if link(aside, path(directory)) == 0 { return record }
            guard errno == EEXIST else { throw .current("claim", path: directory) }
        }
        return read(directory)
    }

    private static func path(_ directory: String) -> String { "\(directory)/\(RunnerRecord.fileName)" }
}
