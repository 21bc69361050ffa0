public import JSON

/// What is known of a unit of work, as its `status` file keeps it (work-units §1).
public struct UnitStatus: Sendable, Hashable {
    /// The state.
    public var state: UnitState
    /// One line about it for people; some lines are fixed, see work-units §2.
    public var detail: String
    /// Bytes of `stdout`.
    public var stdoutSize: Int64
    /// The name of the work type.
    public var workType: String
    /// What the work type keeps about the unit; `null` when nothing.
    public var extraData: JSONValue

    /// Creates one from its parts.
    public init(
        state: UnitState,
        detail: String,
        stdoutSize: Int64 = 0,
        workType: String,
        extraData: JSONValue = .null
    ) {
        self.state = state
        self.detail = detail
        self.stdoutSize = stdoutSize
        self.workType = workType
        self.extraData = extraData
    }

    /// The content of the `status` file: one object and a newline, members in Receptor's order.
    public var fileContent: [UInt8] {
        let object: JSONValue = [
            "State": .integer(Int64(state.rawValue)), "Detail": .string(detail), "StdoutSize": .integer(stdoutSize),
            "WorkType": .string(workType), "ExtraData": extraData,
        ]
        var bytes: [UInt8] = []
        object.write(to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        return bytes
    }

    /// Reads a `status` file.
    ///
    /// - Throws: ``UnitStatusError``, worded for the unit's detail.
    public init(fileContent bytes: [UInt8]) throws(UnitStatusError) {
        let value: JSONValue
        do { value = try JSONValue(parsing: bytes) } catch { throw UnitStatusError("status is not JSON: \(error)") }
        guard let state = value["State"]?.integer.flatMap({ Int(exactly: $0) }).flatMap(UnitState.init(rawValue:))
        else {
            throw UnitStatusError("status has no valid State")
        }
        self.init(
            state: state,
            detail: value["Detail"]?.string ?? "",
            stdoutSize: max(0, value["StdoutSize"]?.integer ?? 0),
            workType: value["WorkType"]?.string ?? "",
            extraData: value["ExtraData"] ?? nil
        )
    }

    /// The status as the control protocol shows it (control-protocol §2), members in the order of their names.
    public var reply: JSONObject {
        [
            "Detail": .string(detail), "ExtraData": extraData, "State": .integer(Int64(state.rawValue)),
            "StateName": .string(state.name), "StdoutSize": .integer(stdoutSize), "WorkType": .string(workType),
        ]
    }
}

/// Why a `status` file cannot be read.
public struct UnitStatusError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text that is shown for it.
    public let description: String

    init(_ description: String) { self.description = description }
}
