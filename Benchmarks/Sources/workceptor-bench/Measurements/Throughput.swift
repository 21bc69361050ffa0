internal import Glibc

/// Rates of moving a lot, and how fast this machine does the same with no daemon in between.
enum Throughput {
    /// GiB a second.
    static func gibibytes(_ bytes: Int, _ seconds: Double) -> Double { Double(bytes) / Double(1 << 30) / seconds }

    /// One thread sends a file in memory to a socket, another reads it.
    static func ofSending(runs: Int) throws -> [Double] {
        let source = try MemoryFile(NodeConfiguration.bulk)
        return try measure(runs: runs) { try source.send(to: $0) }
    }

    /// One thread writes to a socket, another reads and writes it to a file in a folder.
    static func ofStoring(runs: Int, folder: String) throws -> [Double] {
        let path = "\(folder)/ceiling"
        defer { unlink(path) }
        return try measure(runs: runs) { socket in
            let buffer = ReadBuffer()
            for _ in 0..<NodeConfiguration.bulk / ReadBuffer.size {
                try socket.write(UnsafeRawBufferPointer(buffer.bytes))
            }
        } open: {
            unlink(path)
            return try FileDescriptor(owning: open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600), for: "create \(path)")
        }
    }

    private static func measure(
        runs: Int,
        send: @escaping @Sendable (FileDescriptor) throws -> Void,
        open: () throws -> FileDescriptor? = { nil }
    ) throws -> [Double] {
        try (0..<runs).map { _ in
            let target = try open()
            var numbers: [Int32] = [-1, -1]
            guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0, &numbers) == 0 else {
                throw Failure.system("make a pair of sockets")
            }
            let sender = try FileDescriptor(owning: numbers[0], for: "")
            let receiver = try FileDescriptor(owning: numbers[1], for: "")
            let time = Stopwatch()
            let counts = try Parallel.run(2) { number in
                if number == 0 {
                    // The other side ends with this one, whatever comes of it.
                    defer { shutdown(sender.number, Int32(SHUT_WR)) }
                    try send(sender)
                    return 0
                }
                let buffer = ReadBuffer()
                var total = 0
                while case let count = try receiver.read(into: buffer.bytes), count > 0 {
                    try target?.write(UnsafeRawBufferPointer(rebasing: buffer.bytes[..<count]))
                    total += count
                }
                return total
            }
            let rate = gibibytes(NodeConfiguration.bulk, time.seconds)
            guard counts.contains(NodeConfiguration.bulk) else {
                throw Failure("not all came through a pair of sockets")
            }
            return rate
        }
    }
}
