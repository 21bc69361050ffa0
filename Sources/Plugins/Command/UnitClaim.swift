internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol

/// The daemon's side of a unit's record file. Everything here blocks.
enum UnitClaim {
    /// The record of a unit; `nil` when there is none.
    ///
    /// - Throws: `SystemError`, when there may be one but it cannot be read.
    static func read(_ directory: String) throws(SystemError) -> RunnerRecord? {
        do throws(SystemError) {
            return try read(Files.openRegular(path(directory)))
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Whether a runner or the daemon has claimed the unit.
    static func exists(_ directory: String) -> Bool { Files.exists(path(directory)) }

    /// Reads the record, or gives the unit up for good: a runner that comes later finds it claimed and starts nothing.
    ///
    /// - Returns: the record; its `runner` is `nil` when the unit was given up.
    static func takeOrRead(_ directory: String, bootID: String) throws(SystemError) -> RunnerRecord? {
        let late = path(directory) + ".late"
        // A daemon that died while it had the file out of the way: it goes back before anybody claims the unit anew.
        if Files.exists(late), !Files.exists(path(directory)) { try Files.rename(late, to: path(directory)) }
        if let record = try take(directory, bootID) { return record }
        // A runner that is about to begin writes its name right after it made the file.
        for _ in 0..<50 {
            if let record = try read(directory) { return record }
            // allowed(blocking-sleep): the runner is between two system calls: a watch of the file would come later
            usleep(2_000)
        }
        // It died in between, or is late: its file goes out of the way, which it looks for once it has written its
        // name. If it has by now, the file goes back; should it have looked meanwhile, it starts nothing.
        let file = try Files.openRegular(path(directory))
        try Files.rename(path(directory), to: late)
        if let record = try read(file) {
            try Files.rename(late, to: path(directory))
            return record
        }
        try Files.remove(late)
        return try take(directory, bootID)
    }

    private static func read(_ file: Descriptor) throws(SystemError) -> RunnerRecord? {
        guard var record = RunnerRecord(decoding: try file.read(upTo: RunnerRecord.blockSize)) else { return nil }
        if let original = record.file { record.isCopied = original != FileID(descriptor: file.number) }
        return record
    }

    /// Gives the unit up; `nil` when it is claimed.
    private static func take(_ directory: String, _ bootID: String) throws(SystemError) -> RunnerRecord? {
        let record = RunnerRecord(runner: nil, bootID: bootID)
        do throws(SystemError) {
            try Descriptor(opening: path(directory), flags: O_WRONLY | O_CREAT | O_EXCL, for: "claim")
                .write(Array(record.claim.utf8))
            return record
        } catch {
            guard error.isExisting else { throw error }
            return nil
        }
    }

    private static func path(_ directory: String) -> String { "\(directory)/\(RunnerRecord.fileName)" }
}
