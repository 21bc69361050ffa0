internal import CBench
internal import Glibc

/// One connection to a control service, with calls that block.
final class ControlConnection {
    private let socket: FileDescriptor
    private var pending: [UInt8] = []
    private var part: [UInt8]

    /// A daemon that does not answer is an error, not a wait for ever.
    private static let patience = timeval(tv_sec: 60, tv_usec: 0)

    /// Connects and reads the greeting.
    init(_ path: String) throws {
        socket = try FileDescriptor(
            owning: Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0),
            for: "make a socket"
        )
        part = [UInt8](repeating: 0, count: 64 << 10)
        var patience = Self.patience
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(socket.number, SOL_SOCKET, option, &patience, socklen_t(MemoryLayout<timeval>.size))
        }
        try Self.connect(socket, to: path)
        let greeting = try readLine()
        guard greeting.hasPrefix("Receptor Control, node ") else { throw Failure("no greeting but: \(greeting)") }
    }

    private static func connect(_ socket: FileDescriptor, to path: String) throws {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array(path.utf8)
        guard name.count < MemoryLayout.size(ofValue: address.sun_path) else { throw Failure("too long: \(path)") }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(socket.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0 else { throw Failure.system("connect to \(path)") }
    }

    // MARK: Commands

    /// Submits a unit and waits until it has started, or, on another node, until it has been taken; its identifier.
    ///
    /// - Parameters:
    ///   - node: the node that is to do it.
    ///   - payload: sends what the unit is to read.
    func submit(
        _ type: String,
        to node: String = Daemon.nodeID,
        payload: (FileDescriptor) throws -> Void = { _ in }
    ) throws -> String {
        try send("work submit \(node) \(type)\n")
        let created = try readLine()
        let words = created.split(separator: " ")
        guard created.hasPrefix("Work unit created with ID "), words.count > 5 else { throw Failure(created) }
        try payload(socket)
        shutdown(socket.number, Int32(SHUT_WR))
        let reply = try readLine()
        guard reply.contains("Job Started") else { throw Failure("not started but: \(reply)") }
        return String(words[5].dropLast())
    }

    /// Asks for a unit's results and reads them to the end, which comes when the unit is complete; how many bytes there
    /// were.
    func results(_ unit: String, from position: Int = 0, buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        try send("work results \(unit) \(position)\n")
        let header = try readLine()
        guard header.hasPrefix("Streaming results") else { throw Failure(header) }
        var total = pending.count
        pending = []
        while true {
            let count = try socket.read(into: buffer)
            if count == 0 { return total }
            total += count
        }
    }

    /// The state of a unit, as its number.
    func state(_ unit: String) throws -> Int { try status(unit).state }

    /// The state of a unit, as its number, and the size of its output in bytes.
    func status(_ unit: String) throws -> (state: Int, size: Int) {
        try send("work status \(unit)\n")
        let reply = try readLine()
        guard let state = Self.number("State", in: reply), let size = Self.number("StdoutSize", in: reply) else {
            throw Failure(reply)
        }
        return (state, size)
    }

    /// Pings a node of the mesh: the milliseconds that the daemon tells; `nil` when there is no answer.
    func ping(_ node: String) throws -> Double? {
        try send("ping \(node)\n")
        let reply = try readLine()
        guard reply.contains("\"Success\":true") else { return nil }
        return Self.number("Time", in: reply).map { Double($0) / 1e6 }
    }

    /// Connects on to a control service through the mesh and reads its greeting.
    func connect(to node: String) throws {
        try send("connect \(node) control\n")
        let answer = try readLine()
        guard answer.hasPrefix("Connecting") else { throw Failure(answer) }
        let greeting = try readLine()
        guard greeting.hasPrefix("Receptor Control, node ") else { throw Failure("no greeting but: \(greeting)") }
    }

    /// How many nodes the daemon knows the way to.
    func routes() throws -> Int {
        try send(#"{"command":"status","requested_fields":["RoutingTable"]}"# + "\n")
        let reply = try readLine()
        guard let start = reply.firstRange(of: #""RoutingTable":{"#) else { throw Failure(reply) }
        // Each is `"node":"neighbour"`.
        return reply[start.upperBound...].prefix { $0 != "}" }.count { $0 == ":" }
    }

    /// Lists all units; the reply as it came.
    func list() throws -> [UInt8] {
        try send("work list\n")
        return try readLineBytes()
    }

    /// Releases a unit.
    func release(_ unit: String) throws {
        try send("work release \(unit)\n")
        let reply = try readLine()
        guard reply.hasPrefix("{\"release") else { throw Failure(reply) }
    }

    /// The number with a name in a reply.
    private static func number(_ name: String, in reply: String) -> Int? {
        reply.firstRange(of: "\"\(name)\":").flatMap { key in
            Int(reply[key.upperBound...].prefix { $0.isASCII && $0.isNumber })
        }
    }

    // MARK: Lines

    private func send(_ text: String) throws {
        var text = text
        try text.withUTF8 { try socket.write(UnsafeRawBufferPointer($0)) }
    }

    private func readLine() throws -> String { String(decoding: try readLineBytes(), as: UTF8.self) }

    private func readLineBytes() throws -> [UInt8] {
        var line = pending
        var searched = 0
        while true {
            if let end = line[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                pending = Array(line[(end + 1)...])
                line.removeSubrange(end...)
                return line
            }
            searched = line.count
            let count = try part.withUnsafeMutableBytes { try socket.read(into: $0) }
            guard count > 0 else { throw Failure("the daemon closed the connection") }
            line += part[..<count]
        }
    }
}
