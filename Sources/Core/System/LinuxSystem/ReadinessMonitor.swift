internal import CLinux
internal import Glibc
internal import Synchronization
internal import TaskSupport

/// One thread that waits for all descriptors that nothing else waits for: the ends of processes, the reports of
/// runners, changes of files. Nothing runs while nothing happens.
public final class ReadinessMonitor: Sendable {
    enum Interest {
        case once(CheckedContinuation<Result<Bool, SystemError>, Never>)
        case always(@Sendable () -> Void)
    }

    struct State {
        /// Never used again: an event that is still on its way concerns nobody else.
        var nextToken: UInt64 = 1
        /// Each holds its descriptor: one that is waited for is not closed, so its number is no other file's.
        var interests: [UInt64: (descriptor: Descriptor, interest: Interest)] = [:]

        /// Enters an interest, here and with the kernel, or neither.
        mutating func add(
            _ interest: Interest,
            in descriptor: Descriptor,
            to epoll: Descriptor,
            once: Bool
        ) throws(SystemError) -> UInt64 {
            guard cl_epoll_add(epoll.number, descriptor.number, nextToken, once) == 0 else {
                throw .current("watch a descriptor")
            }
            defer { nextToken += 1 }
            interests[nextToken] = (descriptor, interest)
            return nextToken
        }

        /// Takes an interest back, here and with the kernel; `nil` when that was done before.
        mutating func remove(_ token: UInt64, from epoll: Descriptor) -> Interest? {
            guard let entry = interests.removeValue(forKey: token) else { return nil }
            cl_epoll_remove(epoll.number, entry.descriptor.number)
            return entry.interest
        }
    }

    private let epoll: Descriptor
    let state = Mutex(State())

    /// Starts the thread.
    ///
    /// - Throws: ``SystemError``.
    public init() throws(SystemError) {
        let number = cl_epoll_create()
        guard number >= 0 else { throw .current("create an epoll descriptor") }
        epoll = Descriptor(owning: number)
        // The thread lives as long as the process; it keeps the monitor alive.
        let me = Unmanaged.passRetained(self).toOpaque()
        var thread = pthread_t()
        let failure = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                return Unmanaged<ReadinessMonitor>.fromOpaque(context).takeUnretainedValue().loop()
            },
            me
        )
        guard failure == 0 else { throw SystemError("start a thread", code: failure) }
        pthread_detach(thread)
    }

    /// Waits until the descriptor is readable or at its end; for a pidfd: until the process has ended. One task at a time
    /// can wait for a descriptor.
    ///
    /// - Parameter time: how long to wait at most; without one, for ever.
    /// - Returns: `false` when the task was cancelled before, or the time is over.
    /// - Throws: ``SystemError``, when the descriptor cannot be watched.
    @discardableResult
    public func untilReadable(
        _ descriptor: Descriptor,
        within time: Duration? = nil
    ) async throws(SystemError) -> Bool {
        let token = Mutex<UInt64?>(nil)
        let alarm = Mutex<Alarm?>(nil)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Result<Bool, SystemError>, Never>) in
                let added: Result<UInt64?, SystemError> = state.withLock { state in
                    // Under the lock that the handler takes too: it either is seen here, or sees the token.
                    if Task.isCancelled { return .success(nil) }
                    return Result { () throws(SystemError) in
                        let added = try state.add(.once(continuation), in: descriptor, to: epoll, once: true)
                        token.withLock { $0 = added }
                        return added
                    }
                }
                switch added {
                case .success(let added?):
                    guard let time else { return }
                    // Set now that there is something to end.
                    alarm.withLock { $0 = Alarm(after: time) { [self] in stopWaiting(added) } }
                case .success(nil): continuation.resume(returning: .success(false))
                case .failure(let error): continuation.resume(returning: .failure(error))
                }
            }
        } onCancel: {
            if let added = state.withLock({ _ in token.withLock { $0 } }) { stopWaiting(added) }
        }
        alarm.withLock { $0 }?.stop()
        return try result.get()
    }

    /// Ends a wait, unless it has ended.
    private func stopWaiting(_ token: UInt64) {
        let interest = state.withLock { $0.remove(token, from: epoll) }
        if case .once(let continuation) = interest { continuation.resume(returning: .success(false)) }
    }

    /// What ``stopWatching(_:)`` takes.
    struct Watch: Sendable {
        fileprivate let token: UInt64
    }

    /// Calls the handler on the monitor's thread whenever the descriptor is readable; the handler must read it empty.
    ///
    /// - Throws: ``SystemError``.
    func whenReadable(
        _ descriptor: Descriptor,
        _ handler: @escaping @Sendable () -> Void
    ) throws(SystemError) -> Watch {
        let result: Result<Watch, SystemError> = state.withLock { state in
            Result { () throws(SystemError) in
                Watch(token: try state.add(.always(handler), in: descriptor, to: epoll, once: false))
            }
        }
        return try result.get()
    }

    /// Ends what ``whenReadable(_:_:)`` began, and lets go of the descriptor.
    func stopWatching(_ watch: Watch) { _ = state.withLock { $0.remove(watch.token, from: epoll) } }

    private func loop() -> UnsafeMutableRawPointer? {
        var signals = sigset_t()
        sigfillset(&signals)
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        // Not an array: of one that this loop goes through the compiler leaves a copy behind at each turn.
        let tokens = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: 64)
        tokens.initialize(repeating: 0)
        while true {
            let count = cl_epoll_wait(epoll.number, tokens.baseAddress, Int32(tokens.count))
            guard count > 0 else { continue }
            for index in 0..<Int(count) {
                deliver(tokens[index])
            }
        }
    }

    private func deliver(_ token: UInt64) {
        let interest: Interest? = state.withLock { state in
            if case .always(let handler)? = state.interests[token]?.interest { return .always(handler) }
            return state.remove(token, from: epoll)
        }
        switch interest {
        case .once(let continuation): continuation.resume(returning: .success(true))
        case .always(let handler): handler()
        case nil: break
        }
    }
}
