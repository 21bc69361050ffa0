internal import CLinux
internal import Glibc
internal import Synchronization

/// Tells when files grow, for those who follow them: one inotify instance for the process, and a watch on a file only
/// while somebody follows it.
public final class FileGrowthMonitor: Sendable {
    private struct State {
        var nextID: UInt64 = 1
        /// The handlers of each watched file by registration.
        var watches: [Int32: [UInt64: @Sendable () -> Void]] = [:]
    }

    /// A follower's registration.
    public struct Registration: Sendable {
        fileprivate let watch: Int32
        fileprivate let id: UInt64
    }

    private let inotify: Descriptor
    private let state = Mutex(State())

    /// - Throws: ``SystemError``.
    public init(monitor: ReadinessMonitor) throws(SystemError) {
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw .current("create an inotify instance") }
        inotify = Descriptor(owning: number)
        try monitor.whenReadable(inotify) { [weak self] in self?.deliver() }
    }

    /// Calls the handler, on a thread of the monitor, after each write to the file.
    ///
    /// - Throws: ``SystemError``.
    public func follow(_ path: String, _ handler: @escaping @Sendable () -> Void) throws(SystemError) -> Registration {
        let result: Result<Registration, SystemError> = state.withLock { state in
            // The kernel gives the same watch for the same file.
            let watch = inotify_add_watch(inotify.number, path, UInt32(IN_MODIFY))
            guard watch >= 0 else { return .failure(.current("watch", path: path)) }
            let id = state.nextID
            state.nextID += 1
            state.watches[watch, default: [:]][id] = handler
            return .success(Registration(watch: watch, id: id))
        }
        return try result.get()
    }

    /// Ends a registration.
    public func unfollow(_ registration: Registration) {
        state.withLock { state in
            state.watches[registration.watch]?[registration.id] = nil
            guard state.watches[registration.watch]?.isEmpty == true else { return }
            state.watches[registration.watch] = nil
            inotify_rm_watch(inotify.number, registration.watch)
        }
    }

    private func deliver() {
        let size = 16 << 10
        let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: MemoryLayout<inotify_event>.alignment)
        defer { buffer.deallocate() }
        var changed: Set<Int32> = []
        while true {
            let count = read(inotify.number, buffer, size)
            guard count > 0 else { break }
            var offset = 0
            while offset < count {
                let event = (buffer + offset).assumingMemoryBound(to: inotify_event.self).pointee
                // An overflow names no file: then every follower has a look.
                if event.mask & UInt32(IN_Q_OVERFLOW) != 0 {
                    changed.formUnion(state.withLock { Array($0.watches.keys) })
                } else {
                    changed.insert(event.wd)
                }
                offset += MemoryLayout<inotify_event>.size + Int(event.len)
            }
        }
        let handlers = state.withLock { state in changed.flatMap { state.watches[$0].map { Array($0.values) } ?? [] } }
        for handler in handlers { handler() }
    }
}
