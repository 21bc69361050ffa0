internal import Glibc

/// An open file, closed when the last reference to it goes.
public final class Descriptor: Sendable {
    /// The descriptor's number, valid as long as this object lives.
    public let number: Int32

    /// Takes over an open descriptor.
    public init(owning number: Int32) { self.number = number }

    deinit { close(number) }

    /// Opens a file; the descriptor is closed on exec.
    ///
    /// - Throws: ``SystemError``.
    public convenience init(
        opening path: String,
        flags: Int32,
        mode: UInt32 = 0o600,
        for operation: String = "open"
    ) throws(SystemError) {
        var number = open(path, flags | O_CLOEXEC, mode)
        while number < 0 && errno == EINTR { number = open(path, flags | O_CLOEXEC, mode) }
        guard number >= 0 else { throw .current(operation, path: path) }
        self.init(owning: number)
    }

    /// The file's size in bytes.
    public var size: Int64 {
        get throws(SystemError) {
            var info = stat()
            guard fstat(number, &info) == 0 else { throw .current("read the size of a file") }
            return Int64(info.st_size)
        }
    }

    /// Locks the file against other daemons, as long as this object lives.
    ///
    /// A daemon that is killed while it starts a process leaves the lock to that process for the moment until it has
    /// become its program: so a lock that is taken is tried again for a second.
    ///
    /// - Returns: `false` when another has the lock.
    public func lockExclusively() -> Bool {
        for _ in 0..<100 {
            if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
            guard errno == EWOULDBLOCK || errno == EINTR else { return false }
            // allowed(blocking-sleep): flock has no time limit, and the daemon's start has to wait for the lock anyway
            usleep(10_000)
        }
        return false
    }

    /// Lets others lock the file.
    public func unlock() { flock(number, LOCK_UN) }

    /// Writes all of the bytes at the present position.
    ///
    /// - Throws: ``SystemError``, for example when the disk is full.
    public func write(_ bytes: UnsafeRawBufferPointer, for operation: String = "write") throws(SystemError) {
        var rest = bytes
        while let base = rest.baseAddress, rest.count > 0 {
            let count = Glibc.write(number, base, rest.count)
            if count < 0 {
                if errno == EINTR { continue }
                throw .current(operation)
            }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Writes all of the bytes at the present position.
    ///
    /// - Throws: ``SystemError``, for example when the disk is full.
    public func write(_ bytes: [UInt8], for operation: String = "write") throws(SystemError) {
        let result: Result<Void, SystemError> = bytes.withUnsafeBytes { buffer in
            Result { () throws(SystemError) in try write(buffer, for: operation) }
        }
        try result.get()
    }

    /// Reads at most `capacity` bytes from the present position; empty at the end.
    ///
    /// - Throws: ``SystemError``.
    public func read(upTo capacity: Int) throws(SystemError) -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            var result = Glibc.read(number, buffer.baseAddress, capacity)
            while result < 0 && errno == EINTR { result = Glibc.read(number, buffer.baseAddress, capacity) }
            failure = result < 0 ? errno : 0
            count = max(0, result)
        }
        guard failure == 0 else { throw SystemError("read", code: failure) }
        return bytes
    }

    /// Reads bytes from a position into memory, without moving the present position.
    ///
    /// - Returns: how many; zero at the end.
    /// - Throws: ``SystemError``.
    public func read(at position: Int64, into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        var count = pread(number, buffer.baseAddress, buffer.count, off_t(position))
        while count < 0 && errno == EINTR { count = pread(number, buffer.baseAddress, buffer.count, off_t(position)) }
        guard count >= 0 else { throw .current("read") }
        return count
    }

    /// Reads at most `capacity` bytes at a position; fewer at the end only.
    ///
    /// - Throws: ``SystemError``.
    public func read(upTo capacity: Int, at position: Int64) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: capacity)
        let result = bytes.withUnsafeMutableBytes { buffer -> Result<Int, SystemError> in
            Result { () throws(SystemError) in
                var done = 0
                while done < capacity {
                    let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
                    let count = try read(at: position + Int64(done), into: rest)
                    guard count > 0 else { break }
                    done += count
                }
                return done
            }
        }
        bytes.removeSubrange(try result.get()...)
        return bytes
    }
}
