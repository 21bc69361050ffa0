public import ControlProtocol
internal import JSON

extension UnitStatus {
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
        guard let state = UnitState(number: value["State"]?.integer) else {
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
}

/// Why a `status` file cannot be read.
public struct UnitStatusError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The text that is shown for it.
    public let description: String

    init(_ description: String) { self.description = description }
}
