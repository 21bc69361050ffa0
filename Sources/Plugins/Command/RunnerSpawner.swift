internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol
internal import Synchronization

/// The daemon's end of the spawner, the process that forks runners. It is started with the first unit, and again
/// should it die.
final class RunnerSpawner: Sendable {
    private let path: String
    private let socket = Mutex<Descriptor?>(nil)

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
            self.socket.withLock { if $0 === socket { $0 = nil } }
            try Pipe.send([file, writing], over: try connection())
        }
        return reading
    }

    private func connection() throws(SystemError) -> Descriptor {
        let result: Result<Descriptor, SystemError> = socket.withLock { current in
            if let current { return .success(current) }
            return Result { () throws(SystemError) in
                let socket = try start()
                current = socket
                return socket
            }
        }
        return try result.get()
    }

    private func start() throws(SystemError) -> Descriptor {
        let (mine, its) = try Pipe.socketPair()
        let null = try Pipe.null()
        // The blanks are room for the titles of runners.
        let room = String(repeating: " ", count: 256)
        _ = try ChildProcess.start(
            path,
            arguments: ["workceptor-runner", RunnerOrder.spawnerOption, room],
            input: its,
            output: null,
            error: null
        )
        return mine
    }
}
