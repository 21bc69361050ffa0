internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol
internal import Synchronization

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

    /// - Parameter path: the runner's executable.
    init(path: String) { self.path = path }

    /// Has a runner begin with an order. Blocks.
    ///
    /// - Returns: the runner's report, which ends when the runner does.
    /// - Throws: `SystemError`; no runner begins then.
    func begin(_ order: RunnerOrder) throws(SystemError) -> Descriptor {
        let file = try Pipe.memoryFile(order.encoded)
        let (reading, writing) = try Pipe.make()
        let socket = try connection()
        do throws(SystemError) {
            try Pipe.send([file, writing], over: socket)
        } catch {
            // It died: a new one takes over.
            retire(socket)
            try Pipe.send([file, writing], over: try connection())
        }
        return reading
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
