package import ControlClient
import Glibc
import Synchronization

/// A control service that plays a script: for each connection, in their order, what it says and what it expects.
///
/// It runs in a thread of its own and is over when the script is; `finish` waits for that and hands out what it heard.
package final class FakeControlServer: Sendable {
    /// What the server does next on a connection.
    package enum Step: Sendable {
        /// Says this.
        case say(String)
        /// Says these bytes.
        case sayBytes([UInt8])
        /// Hears a line.
        case hearLine
        /// Hears bytes to the end of the client's sending direction.
        case hearToEnd
        /// Hears this many bytes.
        case hear(Int)
        /// Writes a byte to a descriptor, so that a test knows that the script has come this far.
        case signal(CInt)
        /// Waits until a descriptor can be read, so that a test can hold the script up.
        case await(CInt)
    }

    /// What one connection heard, in the order of the steps that hear.
    package typealias Heard = [[UInt8]]

    package static let greeting = Step.say("Receptor Control, node foo\n")

    package let path: String
    private let thread: pthread_t
    private let box: Box

    private final class Box: Sendable {
        let listener: CInt
        let connections: [[Step]]
        let heard = Mutex<[Heard]>([])

        init(listener: CInt, connections: [[Step]]) {
            self.listener = listener
            self.connections = connections
        }
    }

    /// Starts a server at a path of its own.
    package init(_ connections: [Step]...) throws {
        path = "/tmp/control-\(getpid())-\(UInt32.random(in: 0 ... .max)).sock"
        box = Box(listener: try Self.listen(at: path), connections: connections)
        var thread = pthread_t()
        let context = Unmanaged.passRetained(box).toOpaque()
        let result = pthread_create(
            &thread,
            nil,
            { context in
                guard let context else { return nil }
                FakeControlServer.serve(Unmanaged<Box>.fromOpaque(context).takeRetainedValue())
                return nil
            },
            context
        )
        guard result == 0 else { throw Failure.system(result) }
        self.thread = thread
    }

    package enum Failure: Error { case system(CInt) }

    package var address: ControlAddress { .unix(path: path) }

    /// Waits for the end of the script.
    package func finish() -> [Heard] {
        pthread_join(thread, nil)
        unlink(path)
        return box.heard.withLock { $0 }
    }

    /// What was heard, as text, one element for each step that hears.
    package func finishAsText() -> [[String]] {
        finish().map { $0.map { String(decoding: $0, as: UTF8.self) } }
    }

    private static func listen(at path: String) throws -> CInt {
        let listener = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafeBytes(of: &address) { bytes in
            bind(listener, bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
        guard result == 0, Glibc.listen(listener, 16) == 0 else { throw Failure.system(errno) }
        return listener
    }

    private static func serve(_ box: Box) {
        defer { close(box.listener) }
        for steps in box.connections {
            let connection = accept(box.listener, nil, nil)
            guard connection >= 0 else { return }
            let heard = play(steps, on: connection)
            close(connection)
            box.heard.withLock { $0.append(heard) }
        }
    }

    private static func play(_ steps: [Step], on connection: CInt) -> Heard {
        var heard: Heard = []
        for step in steps {
            switch step {
            case .say(let text): say(Array(text.utf8), on: connection)
            case .sayBytes(let bytes): say(bytes, on: connection)
            // One byte at a time while a line is read: what follows it belongs to the next step.
            case .hearLine: heard.append(hear(on: connection, piece: 1) { $0.last == UInt8(ascii: "\n") })
            case .hearToEnd: heard.append(hear(on: connection, piece: 1 << 16) { _ in false })
            case .hear(let count): heard.append(hear(on: connection, piece: 1) { $0.count == count })
            case .signal(let descriptor): _ = write(descriptor, "x", 1)
            case .await(let descriptor):
                var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                _ = poll(&entry, 1, -1)
            }
        }
        return heard
    }

    private static func say(_ bytes: [UInt8], on connection: CInt) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(connection, $0.baseAddress, $0.count, CInt(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private static func hear(on connection: CInt, piece: Int, until isDone: ([UInt8]) -> Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        while !isDone(bytes) {
            let received = [UInt8](unsafeUninitializedCapacity: piece) { space, count in
                count = max(0, recv(connection, space.baseAddress, space.count, 0))
            }
            if received.isEmpty { break }
            bytes += received
        }
        return bytes
    }
}
