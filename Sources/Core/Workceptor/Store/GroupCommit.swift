internal import LinuxSystem
internal import Synchronization

/// Brings files to the disk for whoever waits for it, many at a time: what comes while one flush goes on shares the
/// next.
final class GroupCommit: Sendable {
    private struct Request {
        let files: [Descriptor]
        let continuation: CheckedContinuation<Result<Void, SystemError>, Never>
    }

    private struct State {
        var waiting: [Request] = []
        var isRunning = false
    }

    private let calls: any FileSystemCalls
    private let disk: DiskQueue
    private let state = Mutex(State())
    private static let lane = "group commit"

    init(calls: any FileSystemCalls, disk: DiskQueue) {
        self.calls = calls
        self.disk = disk
    }

    /// Waits until the disk has the content of the files and the entries of the directories. The wait cannot be
    /// cancelled: what it is for has begun.
    func synchronize(_ files: [Descriptor]) async throws(SystemError) {
        let result = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                state.waiting.append(Request(files: files, continuation: continuation))
                defer { state.isRunning = true }
                return !state.isRunning
            }
            if isFirst { flushSoon() }
        }
        try result.get()
    }

    private func flushSoon() { disk.enqueue(for: Self.lane) { self.flush() } }

    private func flush() {
        let requests = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        // All writing begins before the first wait, so that one commit of the file system's journal serves all.
        var order: [Descriptor] = []
        var results: [ObjectIdentifier: Result<Void, SystemError>] = [:]
        for file in requests.flatMap(\.files) where results[ObjectIdentifier(file)] == nil {
            results[ObjectIdentifier(file)] = .success(())
            order.append(file)
            calls.startWriting(file)
        }
        for file in order {
            results[ObjectIdentifier(file)] = Result { () throws(SystemError) in try calls.synchronize(file) }
        }
        for request in requests {
            let failure = request.files.lazy.compactMap { file -> SystemError? in
                if case .failure(let error)? = results[ObjectIdentifier(file)] { return error }
                return nil
            }.first
            request.continuation.resume(returning: failure.map { .failure($0) } ?? .success(()))
        }
        let goesOn = state.withLock { state in
            state.isRunning = !state.waiting.isEmpty
            return state.isRunning
        }
        if goesOn { flushSoon() }
    }
}
