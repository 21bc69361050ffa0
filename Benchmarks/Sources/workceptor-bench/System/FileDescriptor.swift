internal import Glibc

/// An open descriptor that closes itself.
final class FileDescriptor: Sendable {
    let number: Int32

    init(owning number: Int32, for what: String) throws {
        guard number >= 0 else { throw Failure.system(what) }
        self.number = number
    }

    deinit { close(number) }

    /// Writes all of it.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(number, rest.baseAddress, rest.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw Failure.system("write") }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Reads some; 0 at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        while true {
            let count = Glibc.read(number, buffer.baseAddress, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Failure.system("read") }
            return count
        }
    }
}
