internal import ControlServer
internal import NIOCore
internal import NIOPosix
internal import ServiceLifecycle

/// The control service at all its addresses. They are opened last, when units are recovered and work types known.
struct ControlServices: Service {
    let listeners: [ControlListener]

    func run() async throws {
        try await withGracefulShutdownHandler {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for listener in listeners { group.addTask { try await listener.run() } }
                try await group.waitForAll()
            }
            if listeners.isEmpty { try await gracefulShutdown() }
        } onGracefulShutdown: {
            for listener in listeners { listener.drain() }
        }
    }
}
