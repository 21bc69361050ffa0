import LinuxSystem
import Synchronization
import TaskSupport
import Workceptor

@testable import RemotePlugin

/// One direction of a stream in memory.
final class BytePipe: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isEnded = false
        var isBroken = false
        var isFrozen = false
        var received = 0
    }

    private let state = Mutex(State())
    private let changes = ChangeSignal()

    /// Bytes that were ever written.
    var received: Int { state.withLock { $0.received } }

    /// Whether all that was written was read.
    var isDrained: Bool { state.withLock { $0.bytes.isEmpty } }

    func write(_ bytes: [UInt8]) throws {
        try state.withLock { state in
            guard !state.isBroken, !state.isEnded else { throw WorkMeshError(.broken, "the stream broke") }
            state.bytes += bytes
            state.received += bytes.count
        }
        changes.notify()
    }

    func end() {
        state.withLock { $0.isEnded = true }
        changes.notify()
    }

    /// What was written and not yet read is lost, as on a connection that is reset.
    func tear() {
        state.withLock { state in
            state.isBroken = true
            state.bytes = []
        }
        changes.notify()
    }

    /// What was written does not arrive any more, and nobody is told.
    func freeze() { state.withLock { $0.isFrozen = true } }

    func read() async throws -> [UInt8]? {
        while true {
            let version = changes.version
            let part: [UInt8]? = try state.withLock { state in
                if state.isBroken { throw WorkMeshError(.broken, "the stream broke") }
                if state.isFrozen { return nil }
                defer { state.bytes = [] }
                return state.bytes.isEmpty && !state.isEnded ? nil : state.bytes
            }
            if let part { return part.isEmpty ? nil : part }
            try Task.checkCancellation()
            await changes.changed(since: version)
        }
    }
}
