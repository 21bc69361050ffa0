import Glibc

/// Copies a descriptor to a socket to its end: inside the kernel when it is a file, else in large pieces.
struct PayloadCopy {
    let source: CInt
    let socket: Socket
    let interruption: Interruption?
    private static let chunk = 1 << 20

    func run(progress: (_ sent: Int64) -> Void) throws(ControlError) {
        var sent: Int64 = 0
        if isRegularFile {
            guard try !sendFile(&sent, progress) else { return }
        }
        try copy(&sent, progress)
    }

    private var isRegularFile: Bool {
        var entry = stat()
        return fstat(source, &entry) == 0 && entry.st_mode & S_IFMT == S_IFREG
    }

    /// - Returns: whether all was sent; `false` when the file system cannot do it this way.
    private func sendFile(_ sent: inout Int64, _ progress: (Int64) -> Void) throws(ControlError) -> Bool {
        while true {
            let count = SystemCall.retrying { sendfile(socket.descriptor, source, nil, Self.chunk) }
            switch count {
            case 0: return true
            case 1...:
                sent += Int64(count)
                progress(sent)
            default: guard try canGoOn(errno) else { return false }
            }
        }
    }

    private func canGoOn(_ number: CInt) throws(ControlError) -> Bool {
        switch number {
        case EAGAIN: return try SystemCall.wait(for: socket.descriptor, POLLOUT, interruption: interruption)
        case EINVAL, ENOSYS: return false
        case EPIPE, ECONNRESET:
            throw ControlError(.connectionLost, "the connection to the node was lost while the payload was sent")
        default: throw inputFailed(number)
        }
    }

    private func copy(_ sent: inout Int64, _ progress: (Int64) -> Void) throws(ControlError) {
        let space = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.chunk, alignment: 16)
        defer { space.deallocate() }
        while true {
            // Not every descriptor blocks, and one that does would not let a wait be ended.
            _ = try SystemCall.wait(for: source, POLLIN, interruption: interruption)
            let count = read(source, space.baseAddress, space.count)
            guard count != 0 else { return }
            if count < 0 {
                guard errno == EINTR || errno == EAGAIN else { throw inputFailed(errno) }
                continue
            }
            try socket.send(UnsafeRawBufferPointer(rebasing: space[..<count]), interruption: interruption)
            sent += Int64(count)
            progress(sent)
        }
    }

    private func inputFailed(_ number: CInt) -> ControlError {
        ControlError(.inputFailed, "Failed to read the payload: \(SystemCall.text(of: number))")
    }
}
