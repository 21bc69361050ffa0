import Foundation

/// Does what a client of the control service does, each on a connection of its own, with nothing of the product's code.
struct Client: Sendable {
    /// Where the service is.
    enum Address: Sendable {
        case unix(String)
        case tcp(UInt16)
    }

    let address: Address
    let nodeID: String
    /// How long an answer may take, in seconds.
    var seconds = patience

    /// An `ERROR:` line.
    struct Refused: Error, CustomStringConvertible {
        let line: String
        var description: String { line }
    }

    /// Connects and reads the greeting.
    func connect() throws -> ControlConnection {
        let connection =
            switch address {
            case .unix(let path): try ControlConnection(unix: path, seconds: seconds)
            case .tcp(let port): try ControlConnection(tcp: port, seconds: seconds)
            }
        let greeting = try connection.line()
        guard greeting == "Receptor Control, node \(nodeID)\n" else {
            throw Unexpected("greeting: \(greeting.debugDescription)")
        }
        return connection
    }

    /// Connects to the control service of another node, through the mesh, and reads its greeting.
    func connect(through node: String) throws -> ControlConnection {
        let connection = try connect()
        try connection.send("connect \(node) control\n")
        let lines = [try connection.line(), try connection.line()]
        guard lines == ["Connecting\n", "Receptor Control, node \(node)\n"] else {
            throw Unexpected("connect: \(lines)")
        }
        return connection
    }

    /// Sends one line; the line that answers it, with its newline.
    func command(_ line: String) throws -> String {
        let connection = try connect()
        try connection.send(line + "\n")
        return try connection.line()
    }

    /// A submit request as a line.
    static func submitLine(
        _ workType: String,
        node: String = "localhost",
        parameters: [String: String] = [:]
    ) -> String {
        line(
            ["command": "work", "subcommand": "submit", "node": node, "worktype": workType].merging(parameters) { $1 }
        )
    }

    /// A JSON request as a line.
    static func line(_ fields: [String: String]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: fields, options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data ?? Data(), as: UTF8.self) + "\n"
    }

    /// Submits work and waits until it has started; the unit's identifier.
    func submit(
        _ workType: String,
        payload: [UInt8] = [],
        parameters: [String: String] = [:]
    ) throws -> String {
        let (connection, unit) = try beginSubmit(workType, parameters: parameters)
        try connection.send(payload)
        connection.halfClose()
        try Self.checkStarted(try connection.line(), unit)
        return unit
    }

    func submit(_ workType: String, payload: String, parameters: [String: String] = [:]) throws -> String {
        try submit(workType, payload: Array(payload.utf8), parameters: parameters)
    }

    /// Submits work to another node; the unit's identifier and the result that the client is told.
    func submit(
        _ workType: String,
        to node: String,
        payload: [UInt8] = [],
        parameters: [String: String] = [:]
    ) throws -> (unit: String, result: String) {
        let (connection, unit) = try beginSubmit(workType, node: node, parameters: parameters)
        try connection.send(payload)
        connection.halfClose()
        let line = try connection.line()
        guard let match = line.wholeMatch(of: /{"result":"(Job [A-Z][a-z]+)","unitid":"([A-Za-z0-9]{8})"}\n/),
            match.2 == unit
        else { throw Refused(line: line) }
        return (unit, String(match.1))
    }

    /// Submits work up to where the payload is to be sent.
    func beginSubmit(
        _ workType: String,
        node: String = "localhost",
        parameters: [String: String] = [:]
    ) throws -> (ControlConnection, unit: String) {
        let connection = try connect()
        try connection.send(Self.submitLine(workType, node: node, parameters: parameters))
        return (connection, try Self.unit(in: try connection.line()))
    }

    /// The identifier in the line that asks for the payload.
    static func unit(in line: String) throws -> String {
        guard
            let match = line.wholeMatch(of: /Work unit created with ID ([A-Za-z0-9]{8})\. Send stdin data and EOF\.\n/)
        else { throw Refused(line: line) }
        return String(match.1)
    }

    /// Checks the line that tells that a unit has started.
    static func checkStarted(_ line: String, _ unit: String) throws {
        guard line == "{\"result\":\"Job Started\",\"unitid\":\"\(unit)\"}\n" else { throw Refused(line: line) }
    }

    /// Waits until a unit is complete; its whole output from a position on.
    func results(_ unit: String, from position: Int? = nil) throws -> [UInt8] {
        let connection = try results(opening: unit, from: position)
        return try connection.rest()
    }

    func resultsText(_ unit: String, from position: Int? = nil) throws -> String {
        String(decoding: try results(unit, from: position), as: UTF8.self)
    }

    /// Asks for results; what follows on the connection is output.
    func results(opening unit: String, from position: Int? = nil) throws -> ControlConnection {
        let connection = try connect()
        try connection.send("work results \(unit)\(position.map { " \($0)" } ?? "")\n")
        let line = try connection.line()
        guard line == "Streaming results for work unit \(unit)\n" else { throw Refused(line: line) }
        return connection
    }

    /// Waits until a unit is complete; its status then.
    @discardableResult
    func end(_ unit: String) throws -> ShownStatus {
        _ = try results(unit)
        return try status(unit)
    }

    func status(_ unit: String) throws -> ShownStatus { try decode(try command("work status \(unit)")) }

    func list() throws -> [String: ShownStatus] { try decode(try command("work list")) }

    func cancel(_ unit: String) throws -> String { try command("work cancel \(unit)") }

    func release(_ unit: String) throws -> String { try command("work release \(unit)") }

    func forceRelease(_ unit: String) throws -> String { try command("work force-release \(unit)") }

    /// What the node knows of the mesh.
    func meshStatus() throws -> MeshStatus { try decode(try command("status")) }

    func ping(_ node: String) throws -> PingAnswer { try decode(try command("ping \(node)")) }

    private func decode<Value: Decodable>(_ line: String) throws -> Value {
        guard line.hasPrefix("{") else { throw Refused(line: line) }
        return try JSONDecoder().decode(Value.self, from: Data(line.utf8))
    }
}
