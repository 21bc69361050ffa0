internal import CLinux
internal import Dispatch
internal import Glibc
internal import Synchronization

/// Tells when files grow, for those who follow them: one inotify instance for the process, and a watch on a file only
/// while somebody follows it. Where the kernel has no instance or no watch to give, files are looked at instead.
public final class FileGrowthMonitor: Sendable {
    private struct Inotify {
        let descriptor: Descriptor
        let watch: ReadinessMonitor.Watch
    }

    private struct State {
        var nextID: UInt64 = 1
        /// `nil` when the kernel had none to give; the next follower asks again.
        var inotify: Inotify?
        /// The handlers of each watched file by registration.
        var watches: [Int32: [UInt64: @Sendable () -> Void]] = [:]
        /// The followers of files that are looked at.
        var looks: [UInt64: Look] = [:]
        var hasFallenBack = false
    }

    /// A file that is looked at: soon while it grows, ever more seldom while it does not.
    private struct Look {
        static let shortest = 50
        static let longest = 1000

        let path: String
        let handler: @Sendable () -> Void
        var size: Int64?
        /// Milliseconds until the next look.
        var delay = Look.shortest

        /// Takes in the size now; whether it is another.
        mutating func hasChanged(_ newSize: Int64?) -> Bool {
            defer { size = newSize }
            delay = newSize == size ? min(delay * 2, Look.longest) : Look.shortest
            return newSize != size
        }
    }

    /// A follower's registration.
    public struct Registration: Sendable {
        /// `nil` when the file is looked at.
        fileprivate let watch: Int32?
        fileprivate let id: UInt64
    }

    private let monitor: ReadinessMonitor
    private let whenFallingBack: @Sendable (SystemError) -> Void
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "workceptor.growth")

    /// - Parameter whenFallingBack: called once, with the reason, should files have to be looked at.
    public init(monitor: ReadinessMonitor, whenFallingBack: @escaping @Sendable (SystemError) -> Void = { _ in }) {
        self.monitor = monitor
        self.whenFallingBack = whenFallingBack
    }

    deinit { state.withLock { if let inotify = $0.inotify { monitor.stopWatching(inotify.watch) } } }

    /// Calls the handler, on a thread of the monitor's, after each write to the file.
    public func follow(_ path: String, _ handler: @escaping @Sendable () -> Void) -> Registration {
        let (registration, failure) = state.withLock { state in
            let id = state.nextID
            state.nextID += 1
            do throws(SystemError) {
                let watch = try watch(path, &state)
                state.watches[watch, default: [:]][id] = handler
                return (Registration(watch: watch, id: id), SystemError?.none)
            } catch {
                state.looks[id] = Look(path: path, handler: handler, size: Files.size(of: path))
                defer { state.hasFallenBack = true }
                return (Registration(watch: nil, id: id), state.hasFallenBack ? nil : error)
            }
        }
        if let failure { whenFallingBack(failure) }
        if registration.watch == nil { look(registration.id, after: Look.shortest) }
        return registration
    }

    private func watch(_ path: String, _ state: inout State) throws(SystemError) -> Int32 {
        let inotify: Inotify
        if let present = state.inotify { inotify = present } else { inotify = try begin() }
        state.inotify = inotify
        // The kernel gives the same watch for the same file.
        let watch = inotify_add_watch(inotify.descriptor.number, path, UInt32(IN_MODIFY))
        guard watch >= 0 else { throw .current("watch", path: path) }
        return watch
    }

    private func begin() throws(SystemError) -> Inotify {
        let number = inotify_init1(Int32(IN_CLOEXEC) | Int32(IN_NONBLOCK))
        guard number >= 0 else { throw .current("create an inotify instance") }
        let descriptor = Descriptor(owning: number)
        return Inotify(
            descriptor: descriptor,
            watch: try monitor.whenReadable(descriptor) { [weak self] in self?.deliver(from: descriptor) }
        )
    }

    /// Ends a registration.
    public func unfollow(_ registration: Registration) {
        state.withLock { state in
            guard let watch = registration.watch else {
                state.looks[registration.id] = nil
                return
            }
            state.watches[watch]?[registration.id] = nil
            guard state.watches[watch]?.isEmpty == true else { return }
            state.watches[watch] = nil
            if let inotify = state.inotify { inotify_rm_watch(inotify.descriptor.number, watch) }
        }
    }

    // MARK: Watched files

    private func deliver(from inotify: Descriptor) {
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

    // MARK: Files that are looked at

    private func look(_ id: UInt64, after milliseconds: Int) {
        queue.asyncAfter(deadline: .now() + .milliseconds(milliseconds)) { [weak self] in self?.look(id) }
    }

    private func look(_ id: UInt64) {
        guard let path = state.withLock({ $0.looks[id]?.path }) else { return }
        let size = Files.size(of: path)
        let next = state.withLock { state in
            let hasChanged = state.looks[id]?.hasChanged(size)
            return state.looks[id].map { ($0.delay, hasChanged == true ? $0.handler : nil) }
        }
        guard let (delay, handler) = next else { return }
        handler?()
        look(id, after: delay)
    }
}
