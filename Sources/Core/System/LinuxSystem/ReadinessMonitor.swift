internal import CLinux
internal import Glibc
internal import Synchronization

/// One thread that waits for all descriptors that nothing else waits for: the ends of processes, the reports of
/// runners, changes of files. Nothing runs while nothing happens.
public final class ReadinessMonitor: Sendable {
    private enum Interest {
        case once(CheckedContinuation<Bool, Never>)
        case always(@Sendable () -> Void)
    }

    private struct State {
        var nextToken: UInt64 = 1
        var interests: [UInt64: (descriptor: Int32, interest: Interest)] = [:]
    }

    private let epoll: Descriptor
    private let state = Mutex(State())

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

    /// Waits until the descriptor is readable or at its end; for a pidfd: until the process has ended.
    ///
    /// - Returns: `false` when the task was cancelled before.
    /// - Throws: ``SystemError``, when the descriptor cannot be watched.
    @discardableResult
    public func untilReadable(_ descriptor: Descriptor) async throws(SystemError) -> Bool {
        let token = newToken()
        let failure = Mutex<Int32>(0)
        let isReadable = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                if Task.isCancelled { return continuation.resume(returning: false) }
                state.withLock { $0.interests[token] = (descriptor.number, .once(continuation)) }
                if cl_epoll_add(epoll.number, descriptor.number, token, true) != 0 {
                    failure.withLock { $0 = errno }
                    finish(token, isReadable: false)
                } else if Task.isCancelled {
                    finish(token, isReadable: false)
                }
            }
        } onCancel: {
            finish(token, isReadable: false)
        }
        let code = failure.withLock { $0 }
        guard code == 0 else { throw SystemError("watch a descriptor", code: code) }
        return isReadable
    }

    /// Calls the handler on the monitor's thread whenever the descriptor is readable; the handler must read it empty.
    ///
    /// - Throws: ``SystemError``.
    func whenReadable(_ descriptor: Descriptor, _ handler: @escaping @Sendable () -> Void) throws(SystemError) {
        let token = newToken()
        state.withLock { $0.interests[token] = (descriptor.number, .always(handler)) }
        guard cl_epoll_add(epoll.number, descriptor.number, token, false) == 0 else {
            throw .current("watch a descriptor")
        }
    }

    private func newToken() -> UInt64 {
        state.withLock { state in
            defer { state.nextToken += 1 }
            return state.nextToken
        }
    }

    private func finish(_ token: UInt64, isReadable: Bool) {
        guard let entry = state.withLock({ $0.interests.removeValue(forKey: token) }) else { return }
        cl_epoll_remove(epoll.number, entry.descriptor)
        if case .once(let continuation) = entry.interest { continuation.resume(returning: isReadable) }
    }

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
                let token = tokens[index]
                let interest = state.withLock { $0.interests[token]?.interest }
                switch interest {
                case .once: finish(token, isReadable: true)
                case .always(let handler): handler()
                case nil: break
                }
            }
        }
    }
}
