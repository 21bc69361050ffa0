internal import CLinux
internal import Glibc

/// Descriptors that come ready-made from the kernel.
public enum Pipe {
    /// A pipe: what is written to one end is read from the other.
    ///
    /// - Throws: ``SystemError``.
    public static func make() throws(SystemError) -> (reading: Descriptor, writing: Descriptor) {
        var numbers: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &numbers) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { cl_pipe_cloexec($0) }
        }
        guard result == 0 else { throw .current("create a pipe") }
        return (Descriptor(owning: numbers.0), Descriptor(owning: numbers.1))
    }

    /// Two connected sockets that keep message boundaries.
    ///
    /// - Throws: ``SystemError``.
    public static func socketPair() throws(SystemError) -> (Descriptor, Descriptor) {
        var numbers: (Int32, Int32) = (-1, -1)
        let result = withUnsafeMutablePointer(to: &numbers) {
            $0.withMemoryRebound(to: Int32.self, capacity: 2) { cl_socketpair_cloexec($0) }
        }
        guard result == 0 else { throw .current("create a pair of sockets") }
        return (Descriptor(owning: numbers.0), Descriptor(owning: numbers.1))
    }

    /// Passes descriptors to the process at the other end of a socket.
    ///
    /// - Throws: ``SystemError``, with `EPIPE` when that process is gone, with `EAGAIN` when it has taken none of very
    ///   many for a while.
    public static func send(_ descriptors: [Descriptor], over socket: Descriptor) throws(SystemError) {
        let numbers = descriptors.map(\.number)
        guard cl_send_descriptors(socket.number, numbers, Int32(numbers.count)) == 0 else {
            throw .current("pass descriptors on")
        }
    }

    /// A file in memory with this content, to be read from its start.
    ///
    /// - Throws: ``SystemError``.
    public static func memoryFile(_ bytes: [UInt8]) throws(SystemError) -> Descriptor {
        let number = cl_memfd_create("order")
        guard number >= 0 else { throw .current("create a file in memory") }
        let file = Descriptor(owning: number)
        try file.write(bytes)
        guard lseek(number, 0, SEEK_SET) == 0 else { throw .current("rewind a file in memory") }
        return file
    }

    /// `/dev/null`, for reading and writing.
    ///
    /// - Throws: ``SystemError``.
    public static func null() throws(SystemError) -> Descriptor { try Descriptor(opening: "/dev/null", flags: O_RDWR) }
}
