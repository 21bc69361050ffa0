internal import Glibc
internal import LinuxSystem

/// The directory of all units of a node, `{datadir}/{nodeID}` (work-units §1). Everything here blocks.
struct UnitStore: Sendable {
    /// A unit that was found on disk.
    struct Found: Sendable {
        var id: UnitID
        var status: Result<UnitStatus, Reason>
    }

    /// Why a status cannot be read.
    struct Reason: Error, CustomStringConvertible {
        var description: String
    }

    /// The directory's path.
    let path: String
    /// Keeps a second daemon away from the directory, as long as it is open.
    private let lock: Descriptor

    private static let unfinishedPrefix = ".new-"

    /// Opens the store, making its directory where it is missing.
    ///
    /// - Throws: ``WorkError``: the directory cannot be used, or another daemon uses it.
    init(dataDirectory: String, nodeID: String) throws(WorkError) {
        path = "\(dataDirectory)/\(nodeID)"
        do throws(SystemError) {
            try Files.makeDirectories(path)
            lock = try Descriptor(opening: "\(path)/.lock", flags: O_RDWR | O_CREAT, for: "open")
        } catch {
            throw WorkError(.storage, "the data directory cannot be used", cause: error)
        }
        guard lock.lockExclusively() else {
            throw WorkError(
                .unavailable,
                "another daemon uses \(path): stop it, or give this node another id or datadir"
            )
        }
    }

    /// The path of a unit's directory.
    func directory(of id: UnitID) -> String { "\(path)/\(id)" }

    /// Makes a unit's directory with all its files, all or nothing.
    ///
    /// - Returns: whether the identifier was free.
    /// - Throws: `SystemError`; nothing is left behind then.
    func create(_ id: UnitID, _ status: UnitStatus) throws(SystemError) -> Bool {
        let aside = "\(path)/\(Self.unfinishedPrefix)\(id)"
        do throws(SystemError) {
            try Files.makeDirectory(aside)
            for name in ["status.lock", "stdin", "stdout"] { try Files.createEmpty("\(aside)/\(name)") }
            try Descriptor(opening: "\(aside)/status", flags: O_WRONLY | O_CREAT | O_EXCL, for: "create")
                .write(status.fileContent)
            guard rename(aside, directory(of: id)) == 0 else {
                throw .current("create the directory of", path: "\(id)")
            }
            return true
        } catch {
            try? Files.removeTree(aside)
            guard error.code == ENOTEMPTY || error.code == EEXIST else { throw error }
            return false
        }
    }

    /// The identifiers of all units on disk. What a crash left half made is removed.
    func identifiers() throws(SystemError) -> [UnitID] {
        try Files.names(in: path).compactMap { name in
            if name.hasPrefix(Self.unfinishedPrefix) || name.hasPrefix(Self.condemnedPrefix) {
                try? Files.removeTree("\(path)/\(name)")
            }
            return UnitID(name)
        }
    }

    /// Reads the status of a unit; `nil` where the directory is no unit's.
    func find(_ id: UnitID) -> Found? {
        let path = "\(directory(of: id))/status"
        do {
            return Found(id: id, status: .success(try StatusFile.read(path)))
        } catch {
            guard Files.isDirectory(directory(of: id)), Files.exists("\(directory(of: id))/stdin") else { return nil }
            return Found(id: id, status: .failure(Reason(description: "\(error)")))
        }
    }

    private static let condemnedPrefix = ".gone-"

    /// Deletes a unit's directory. The name goes first, in one step: a crash in between leaves no half unit.
    ///
    /// - Throws: `SystemError`.
    func remove(_ id: UnitID) throws(SystemError) {
        let condemned = "\(path)/\(Self.condemnedPrefix)\(id)"
        do throws(SystemError) {
            try Files.rename(directory(of: id), to: condemned)
        } catch {
            if error.isNotFound { return }
            throw error
        }
        try Files.removeTree(condemned)
    }
}
