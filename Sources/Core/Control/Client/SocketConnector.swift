import Glibc

/// Makes the connection of a ``ControlConnection`` and says in one line why it cannot.
struct SocketConnector {
    let interruption: Interruption?
    let deadline: ContinuousClock.Instant

    func connect(to address: ControlAddress) throws(ControlError) -> Socket {
        switch address {
        case .unix(let path): try connect(toPath: path)
        case .tcp(let host, let port): try connect(toHost: host, port: port)
        }
    }

    // MARK: Unix sockets

    private func connect(toPath path: String) throws(ControlError) -> Socket {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let limit = MemoryLayout.size(ofValue: address.sun_path) - 1
        guard path.utf8.count <= limit else {
            throw ControlError(
                .invalidAddress,
                "Socket path is too long: \(path.utf8.count) bytes, at most \(limit) are possible: \(path)"
            )
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let socket = try makeSocket(family: AF_UNIX)
        while true {
            let number = withUnsafeBytes(of: &address) { start(socket, $0.baseAddress, $0.count) }
            switch number {
            case 0: return socket
            // The queue of the listener is full. Such a socket cannot be polled: look again soon.
            case EAGAIN where deadline > .now: try pause()
            case EAGAIN: throw ControlError(.timedOut, "Connecting to \(path) timed out: the daemon accepts nobody")
            default: throw UnixSocketProblem(path: path, errorNumber: number).error
            }
        }
    }

    private func pause() throws(ControlError) {
        var nothing: [pollfd] = []
        _ = try SystemCall.poll(&nothing, interruption: interruption, deadline: .now + .milliseconds(20))
    }

    // MARK: TCP

    private func connect(toHost host: String, port: UInt16) throws(ControlError) -> Socket {
        var hints = addrinfo()
        hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard code == 0 else {
            throw ControlError(.unreachable, "Cannot look up host \(host): \(String(cString: gai_strerror(code)))")
        }
        var lastError = ENOENT
        var next = found
        while let candidate = next?.pointee {
            next = candidate.ai_next
            let socket = try makeSocket(family: candidate.ai_family)
            lastError = try finish(socket, start(socket, candidate.ai_addr, Int(candidate.ai_addrlen)))
            if lastError == 0 {
                disableDelay(socket)
                return socket
            }
        }
        throw tcpError(lastError, host, port)
    }

    private func finish(_ socket: Socket, _ started: CInt) throws(ControlError) -> CInt {
        guard started == EINPROGRESS else { return started }
        guard
            try SystemCall.wait(for: socket.descriptor, POLLOUT, interruption: interruption, deadline: deadline)
        else { return ETIMEDOUT }
        var result: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        _ = getsockopt(socket.descriptor, SOL_SOCKET, SO_ERROR, &result, &length)
        return result
    }

    /// Commands are one small line each: they must not wait for the acknowledgement of the one before.
    private func disableDelay(_ socket: Socket) {
        var on: CInt = 1
        let size = socklen_t(MemoryLayout<CInt>.size)
        _ = setsockopt(socket.descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &on, size)
    }

    private func tcpError(_ number: CInt, _ host: String, _ port: UInt16) -> ControlError {
        switch number {
        case ECONNREFUSED:
            ControlError(
                .unreachable,
                "Connection to \(host) port \(port) refused: nothing listens there. Is the daemon running, "
                    + "and does its control service have that tcplisten address?"
            )
        case ETIMEDOUT: ControlError(.timedOut, "Connecting to \(host) port \(port) timed out")
        default:
            ControlError(
                .unreachable,
                "Could not connect to host \(host) port \(port): \(SystemCall.text(of: number))"
            )
        }
    }

    // MARK: Both

    private func makeSocket(family: CInt) throws(ControlError) -> Socket {
        let kind = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let descriptor = socket(family, kind, 0)
        guard descriptor >= 0 else {
            throw ControlError(.unreachable, "Cannot make a socket: \(SystemCall.text(of: errno))")
        }
        return Socket(owning: descriptor)
    }

    /// Starts a connection and gives back the error number, 0 when it is made.
    private func start(_ socket: Socket, _ address: UnsafeRawPointer?, _ length: Int) -> CInt {
        guard let address else { return EINVAL }
        let pointer = address.assumingMemoryBound(to: sockaddr.self)
        guard connectSocket(socket.descriptor, pointer, socklen_t(length)) != 0 else { return 0 }
        // A non-blocking connect that a signal interrupts goes on in the background like any other.
        return errno == EINTR ? EINPROGRESS : errno
    }
}

/// `connect` under a name that the methods of this file do not hide.
private func connectSocket(_ descriptor: CInt, _ address: UnsafePointer<sockaddr>, _ length: socklen_t) -> CInt {
    connect(descriptor, address, length)
}
