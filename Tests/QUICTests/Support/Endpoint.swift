import QUIC

/// A connection and what has happened to it.
final class Endpoint {
    let connection: QUICConnection
    private(set) var events: [QUICEvent] = []
    /// What the application does about an event.
    var handler: (Endpoint, QUICEvent) throws -> Void = { _, _ in }

    init(_ connection: QUICConnection) { self.connection = connection }

    func handleEvents() throws {
        while let event = connection.nextEvent() {
            events.append(event)
            try handler(self, event)
        }
    }

    /// How the connection ended.
    var closure: QUICClosure? {
        for case .closed(let closure) in events { return closure }
        return nil
    }

    /// The first stream that the peer opened.
    var openedStream: QUICStreamID? {
        for case .streamOpened(let stream) in events { return stream }
        return nil
    }

    func has(_ event: QUICEvent) -> Bool { events.contains(event) }

    func write(_ text: String, to stream: QUICStreamID) throws {
        var text = text
        let (taken, count) = try text.withUTF8 {
            (try connection.write(UnsafeRawBufferPointer($0), to: stream), $0.count)
        }
        guard taken == count else { throw Stalled("no room for \(count) bytes") }
    }

    /// Everything that can be read from a stream now, and what came after it.
    func read(_ stream: QUICStreamID) throws -> (text: String, end: QUICReadResult) {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1000)
        while true {
            let result = try buffer.withUnsafeMutableBytes { try connection.read(from: stream, into: $0) }
            guard case .bytes(let count) = result else { return (String(decoding: bytes, as: UTF8.self), result) }
            bytes += buffer.prefix(count)
        }
    }
}

/// Something that a test waited for did not happen.
struct Stalled: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
