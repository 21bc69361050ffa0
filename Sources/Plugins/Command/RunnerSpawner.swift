internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol
internal import Synchronization
internal import TaskSupport

/// The daemon's end of the spawner, the process that forks runners. It is started with the first unit, and again
/// should it die.
final class RunnerSpawner: Sendable {
    private struct State {
        var current: (process: ChildProcess, socket: Descriptor)?
        /// Spawners that died, until they are out of the process table.
        var dead: [ChildProcess] = []
    }

    private let path: String
    private let state = Mutex(State())
    /// As many orders at a time are on their way as the socket certainly takes.
    let orders = AsyncLock(limit: 64)

    /// - Parameter path: the runner's executable.
    init(path: String) { self.path = path }

    /// Has a runner begin with an order. Blocks.
    ///
    /// - Returns: the runner's report, which ends when the runner does, and the socket that the order went to.
    /// - Throws: `SystemError`; no runner begins then.
    func begin(_ order: RunnerOrder) throws(SystemError) -> (report: Descriptor, socket: Descriptor) {
        let file = try Pipe.memoryFile(order.encoded)
        let (reading, writing) = try Pipe.make()
        var socket = try connection()
        do throws(SystemError) {
            try Pipe.send([file, writing], over: socket)
        } catch {
            // It died, or takes none of very many orders: a new one takes over.
            replace(socket)
            socket = try connection()
            try Pipe.send([file, writing], over: socket)
        }
        return (reading, socket)
    }

    /// Has another spawner take over from one that does not answer. Orders that lie in its socket may be taken yet, by
    /// a runner that finds its unit claimed.
    func replace(_ socket: Descriptor) {
        let process = state.withLock { state in
            state.current.flatMap { $0.socket === socket ? $0.process : nil }
        }
        retire(socket)
        // Those who wait to send to it go on with the other.
        shutdown(socket.number, Int32(SHUT_RDWR))
        guard let process else { return }
        // The runner that takes orders may be what stands still. Woken, it finds no more of them, and ends.
        for child in ProcessTable.children(of: process.pid) { Self.wake(child, of: process.pid) }
        // What keeps it from its work keeps it from ending as well, but not from this.
        do throws(SystemError) { try process.signal(SIGKILL) } catch { return }
    }

    private static func wake(_ pid: Int32, of parent: Int32) {
        do throws(SystemError) {
            // First hold of the number, then proof that it still is the child's.
            guard let child = try ChildProcess.find(pid), ProcessTable.children(of: parent).contains(pid) else {
                return
            }
            try child.signal(SIGCONT)
        } catch { return }
    }

    private func retire(_ socket: Descriptor) {
        state.withLock { state in
            guard let current = state.current, current.socket === socket else { return }
            state.dead.append(current.process)
            state.current = nil
        }
    }

    private func connection() throws(SystemError) -> Descriptor {
        let result: Result<Descriptor, SystemError> = state.withLock { state in
            state.dead.removeAll { $0.reap() }
            if let current = state.current { return .success(current.socket) }
            return Result { () throws(SystemError) in
                let started = try start()
                state.current = started
                return started.socket
            }
        }
        return try result.get()
    }

    private func start() throws(SystemError) -> (process: ChildProcess, socket: Descriptor) {
        let (mine, its) = try Pipe.socketPair()
        let null = try Pipe.null()
        // The blanks are room for the titles of runners.
        let room = String(repeating: " ", count: 256)
        let process = try ChildProcess.start(
            path,
            arguments: ["workceptor-runner", RunnerOrder.spawnerOption, room],
            input: its,
            output: null,
            error: null
        )
        return (process, mine)
    }
}
