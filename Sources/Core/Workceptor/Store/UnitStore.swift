internal import Glibc
internal import LinuxSystem

/// The directory of all units of a node, `{datadir}/{nodeID}` (work-units §1). Everything here blocks.
///
/// All names are relative to a directory that is open for as long as the daemon runs, and are made of identifiers that
/// were checked; no symbolic link is followed.
struct UnitStore: Sendable {
    /// A unit that was found on disk.
    struct Found: Sendable {
        var id: UnitID
        var status: Result<UnitStatus, Unreadable>
        /// `nil` for a unit that another program made.
        var admission: AdmissionRecord?
    }

    /// Why a status cannot be read.
    struct Unreadable: Error, CustomStringConvertible {
        var description: String
    }

    /// The directory's path, for those who cannot be handed descriptors.
    let path: String
    let calls: any FileSystemCalls
    /// The directory. It is locked against other daemons.
    let root: Descriptor

    private static let unfinishedPrefix = ".new-"
    private static let condemnedPrefix = ".gone-"
    /// More than any status has; a longer file is not one.
    private static let sizeLimit = 16 << 20

    // MARK: The directory

    /// Opens the store, making its directory where it is missing.
    ///
    /// - Throws: ``WorkError``: the directory cannot be used or trusted, or another daemon uses it.
    init(dataDirectory: String, nodeID: String, calls: any FileSystemCalls) throws(WorkError) {
        guard Self.isComponent(nodeID) else {
            throw WorkError(
                .storage,
                "the node identifier '\(nodeID)' cannot be the name of a directory: choose another"
            )
        }
        path = "\(dataDirectory)/\(nodeID)"
        self.calls = calls
        do throws(SystemError) {
            let parent = try Self.directory(dataDirectory, calls: calls)
            root = try Self.subdirectory(nodeID, of: parent, calls: calls)
            try Self.checkTrust(dataDirectory, calls.facts(of: parent), mayBeShared: true)
            try Self.checkTrust(path, calls.facts(of: root), mayBeShared: false)
        } catch {
            throw WorkError(.storage, "the data directory cannot be used", cause: error)
        }
        guard root.lockExclusively() else {
            throw WorkError(
                .unavailable,
                "another daemon uses \(path): stop it, or give this node another id or datadir"
            )
        }
    }

    /// Whether a name can be that of a file in a directory, and of none elsewhere.
    private static func isComponent(_ name: String) -> Bool {
        !name.isEmpty && name != "." && name != ".." && name.utf8.count <= 255
            && !name.utf8.contains { $0 == UInt8(ascii: "/") || $0 == 0 }
    }

    private static func directory(_ path: String, calls: any FileSystemCalls) throws(SystemError) -> Descriptor {
        do throws(SystemError) { return try calls.open(path, in: nil, flags: O_RDONLY | O_DIRECTORY) } catch {
            guard error.isNotFound else { throw error }
        }
        try Files.makeDirectories(path)
        return try calls.open(path, in: nil, flags: O_RDONLY | O_DIRECTORY)
    }

    private static func subdirectory(
        _ name: String,
        of parent: Descriptor,
        calls: any FileSystemCalls
    ) throws(SystemError) -> Descriptor {
        do throws(SystemError) { try calls.makeDirectory(name, in: parent) } catch {
            guard error.isExisting else { throw error }
        }
        let directory = try calls.open(name, in: parent, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        try calls.synchronize(parent)
        return directory
    }

    /// Whoever may change what is in the directory may read what the daemon may read: so nobody else may.
    private static func checkTrust(_ path: String, _ facts: FileFacts, mayBeShared: Bool) throws(SystemError) {
        let me = geteuid()
        guard facts.owner == me || (mayBeShared && facts.owner == 0) else {
            throw SystemError(
                "trust \(path), which belongs to user \(facts.owner) and not to this daemon's user \(me): "
                    + "chown it, or choose another datadir",
                code: EACCES
            )
        }
        let isSticky = facts.permissions & 0o1000 != 0
        guard facts.permissions & 0o022 == 0 || (mayBeShared && isSticky) else {
            throw SystemError(
                "trust \(path), which others may write to: chmod go-w it, or choose another datadir",
                code: EACCES
            )
        }
    }

    /// The path of a unit's directory.
    func directory(of id: UnitID) -> String { "\(path)/\(id)" }

    private func name(_ file: UnitFile, of id: UnitID) -> String { "\(id)/\(file.rawValue)" }

    // MARK: Making

    /// Makes a unit's directory with all its files, all or nothing. Nothing of it is synchronized.
    ///
    /// - Returns: whether the identifier was free.
    /// - Throws: `SystemError`; nothing is left behind then.
    func create(_ id: UnitID, _ status: UnitStatus, _ admission: AdmissionRecord) throws(SystemError) -> Bool {
        let aside = Self.unfinishedPrefix + id.description
        do throws(SystemError) {
            try calls.makeDirectory(aside, in: root)
            for file in UnitFile.allCases {
                let descriptor = try calls.open(
                    "\(aside)/\(file.rawValue)",
                    in: root,
                    flags: O_WRONLY | O_CREAT | O_EXCL
                )
                switch file {
                case .status: try calls.write(status.fileContent, to: descriptor)
                case .admission: try calls.write(admission.fileContent, to: descriptor)
                case .statusLock, .payload, .output: break
                }
            }
            try calls.rename(aside, to: id.description, in: root)
            return true
        } catch {
            try? removeTree(aside)
            guard error.code == ENOTEMPTY || error.code == EEXIST else { throw error }
            return false
        }
    }

    /// Opens one of a unit's files.
    ///
    /// - Throws: `SystemError`, also when it is no ordinary file.
    func open(_ file: UnitFile, of id: UnitID, flags: Int32) throws(SystemError) -> Descriptor {
        do throws(SystemError) { return try calls.openRegular(name(file, of: id), in: root, flags: flags) } catch {
            throw SystemError("open", path: "\(path)/\(name(file, of: id))", code: error.code)
        }
    }

    /// Bytes in the output of a unit; nothing when there is none.
    func outputSize(of id: UnitID) -> Int64 { (try? calls.facts(of: name(.output, of: id), in: root).size) ?? 0 }

    /// The directory of a unit, to synchronize its entries.
    func openDirectory(of id: UnitID) throws(SystemError) -> Descriptor {
        try calls.open(id.description, in: root, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    }

    // MARK: Replacing

    /// Writes a new content for a file beside it.
    ///
    /// - Returns: what has to be synchronized before ``publish(_:of:mayBeLost:)``, for who cares.
    func prepare(_ file: UnitFile, of id: UnitID, _ content: [UInt8]) throws(SystemError) -> Descriptor {
        let next = "\(id)/\(file.nextName)"
        do throws(SystemError) {
            let descriptor = try calls.openRegular(next, in: root, flags: O_WRONLY | O_CREAT | O_TRUNC)
            try calls.write(content, to: descriptor)
            return descriptor
        } catch {
            // What stays is written over by the next one.
            try? calls.remove(next, in: root, isDirectory: false)
            throw SystemError("write", path: "\(path)/\(name(file, of: id))", code: error.code)
        }
    }

    /// Lets the content that was prepared take the file's name: who reads it sees the old one or the new one.
    ///
    /// - Parameter mayBeLost: whether a power cut may take the content, and the one before with it, as long as the
    ///   system has not brought it to the disk in its own time.
    func publish(_ file: UnitFile, of id: UnitID, mayBeLost: Bool = false) throws(SystemError) {
        // What Receptor's tools take to read and change it. Readers never see a half-written status without, so who sits
        // on the lock does not hold work up.
        let lock = file == .status ? try lockFile(of: id) : nil
        var attemptsLeft = 20
        while attemptsLeft > 0, let lock, flock(lock.number, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            attemptsLeft -= 1
            // allowed(blocking-sleep): flock has no time limit, and this thread is there for calls that block
            usleep(5_000)
        }
        defer { withExtendedLifetime(lock) {} }
        try replace(file, of: id, mayBeLost: mayBeLost)
    }

    /// The file that is locked; `nil` where something else has its place, which must not keep a unit from its end.
    private func lockFile(of id: UnitID) throws(SystemError) -> Descriptor? {
        do throws(SystemError) { return try open(.statusLock, of: id, flags: O_RDWR | O_CREAT) } catch {
            guard [EINVAL, ENXIO, ELOOP, EISDIR].contains(error.code) else { throw error }
            return nil
        }
    }

    private func replace(_ file: UnitFile, of id: UnitID, mayBeLost: Bool) throws(SystemError) {
        let next = "\(id)/\(file.nextName)"
        if mayBeLost, exchange(file, of: id) { return }
        do throws(SystemError) { try calls.rename(next, to: name(file, of: id), in: root) } catch {
            throw SystemError("write", path: "\(path)/\(name(file, of: id))", code: error.code)
        }
    }

    /// Lets the content that was prepared take the file's name without a rename: what a rename replaces, and what it
    /// replaces it with, a file system may write to the disk at once, and the next rename waits for that.
    ///
    /// - Returns: whether it has the name. Not every file system can do it; a rename says what else is in the way.
    private func exchange(_ file: UnitFile, of id: UnitID) -> Bool {
        let next = "\(id)/\(file.nextName)"
        do throws(SystemError) { try calls.exchange(next, with: name(file, of: id), in: root) } catch { return false }
        // The old content, which the next one is written over should it stay.
        do throws(SystemError) { try calls.remove(next, in: root, isDirectory: false) } catch {}
        return true
    }

    // MARK: Finding

    /// The identifiers of all units on disk. What a crash left half made, or half deleted, is removed.
    func identifiers() throws(SystemError) -> [UnitID] {
        var identifiers: [UnitID] = []
        for name in try calls.names(in: root) {
            if name.hasPrefix(Self.unfinishedPrefix) || name.hasPrefix(Self.condemnedPrefix) {
                // It is no unit: what cannot be removed now is at the next start.
                try? removeTree(name)
            } else if name == Self.formerLock {
                // As above.
                try? calls.remove(name, in: root, isDirectory: false)
            } else if let id = UnitID(name) {
                identifiers.append(id)
            }
        }
        return identifiers
    }

    /// What version 0.1 locked instead of the directory, in the way of Receptor, which takes it for a unit.
    private static let formerLock = ".lock"

    /// Reads what is known of a unit; `nil` where the directory is no unit's.
    ///
    /// - Throws: `SystemError`, when the machine is too short of something to tell: what cannot be read now may be
    ///   there all the same, and who guesses takes a running unit for a lost one.
    func find(_ id: UnitID) throws(SystemError) -> Found? {
        do throws(SystemError) {
            let facts = try calls.facts(of: openDirectory(of: id))
            guard facts.kind == .directory, facts.owner == geteuid() else { return nil }
        } catch {
            guard error.isShortage else { return nil }
            throw error
        }
        var found = Found(id: id, status: .failure(Unreadable(description: "")), admission: try admission(of: id))
        do throws(SystemError) {
            let content = try read(.status, of: id)
            do { found.status = .success(try UnitStatus(fileContent: content)) } catch {
                found.status = .failure(Unreadable(description: "\(error)"))
            }
        } catch {
            guard !error.isShortage else { throw error }
            found.status = .failure(Unreadable(description: "\(error)"))
        }
        if case .failure = found.status {
            do throws(SystemError) { _ = try open(.payload, of: id, flags: O_RDONLY) } catch {
                guard error.isShortage else { return nil }
                throw error
            }
        }
        return found
    }

    /// What a unit was admitted under; `nil` for one that another program made. Where that cannot be read, signatures
    /// are demanded.
    private func admission(of id: UnitID) throws(SystemError) -> AdmissionRecord? {
        let unknown = AdmissionRecord(verifiesSignature: true, principal: "")
        do throws(SystemError) { return AdmissionRecord(fileContent: try read(.admission, of: id)) ?? unknown } catch {
            if error.isNotFound { return nil }
            guard !error.isShortage else { throw error }
            return unknown
        }
    }

    /// Whether the directory of a unit is certainly gone.
    func hasVanished(_ id: UnitID) -> Bool {
        do throws(SystemError) { _ = try openDirectory(of: id) } catch { return error.isNotFound }
        return false
    }

    private func read(_ file: UnitFile, of id: UnitID) throws(SystemError) -> [UInt8] {
        let descriptor = try open(file, of: id, flags: O_RDONLY)
        var bytes: [UInt8] = []
        while case let part = try calls.read(descriptor, upTo: bytes.isEmpty ? 4096 : 256 << 10), !part.isEmpty {
            bytes += part
            guard bytes.count <= Self.sizeLimit else {
                throw SystemError("read", path: "\(path)/\(name(file, of: id))", code: EFBIG)
            }
            // A short read of an ordinary file is its end.
            if part.count < 4096 { break }
        }
        return bytes
    }

    // MARK: Deleting

    /// Takes a unit's name away, in one step: a crash from now on leaves no half unit.
    ///
    /// - Throws: `SystemError`; that there is none is no error.
    func condemn(_ id: UnitID) throws(SystemError) {
        do throws(SystemError) {
            try calls.rename(id.description, to: Self.condemnedPrefix + id.description, in: root)
        } catch {
            guard error.isNotFound else { throw error }
        }
    }

    /// Deletes what ``condemn(_:)`` left.
    func removeCondemned(_ id: UnitID) throws(SystemError) { try removeTree(Self.condemnedPrefix + id.description) }

    /// Deletes a directory with everything in it.
    private func removeTree(_ name: String) throws(SystemError) {
        let directory: Descriptor
        do throws(SystemError) {
            directory = try calls.open(name, in: root, flags: O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
        } catch {
            if error.isNotFound { return }
            throw error
        }
        for child in try calls.names(in: directory) {
            do throws(SystemError) {
                try calls.remove("\(name)/\(child)", in: root, isDirectory: false)
            } catch {
                if error.isNotFound { continue }
                guard error.code == EISDIR || error.code == EPERM else { throw error }
                try removeTree("\(name)/\(child)")
            }
        }
        do throws(SystemError) { try calls.remove(name, in: root, isDirectory: true) } catch {
            guard error.isNotFound else { throw error }
        }
    }
}
