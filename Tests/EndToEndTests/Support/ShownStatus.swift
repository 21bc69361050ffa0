import Foundation

/// The status of a unit as the control protocol shows it.
struct ShownStatus: Decodable, Hashable, Sendable {
    /// What a command unit keeps while it runs, and what a remote unit always keeps.
    struct Extra: Decodable, Hashable, Sendable {
        var Pid: Int32?
        var Params: String?
        var RemoteNode: String?
        var RemoteUnitID: String?
        var RemoteStarted: Bool?
        var LocalCancelled: Bool?
        var LocalReleased: Bool?
    }

    var State: Int
    var StateName: String
    var Detail: String
    var StdoutSize: Int64
    var WorkType: String
    var extra: Extra?
    /// A text where the work type is not known.
    var extraText: String?

    private enum CodingKeys: String, CodingKey { case State, StateName, Detail, StdoutSize, WorkType, ExtraData }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        State = try keys.decode(Int.self, forKey: .State)
        StateName = try keys.decode(String.self, forKey: .StateName)
        Detail = try keys.decode(String.self, forKey: .Detail)
        StdoutSize = try keys.decode(Int64.self, forKey: .StdoutSize)
        WorkType = try keys.decode(String.self, forKey: .WorkType)
        extra = try? keys.decode(Extra.self, forKey: .ExtraData)
        extraText = try? keys.decode(String.self, forKey: .ExtraData)
    }

    var isComplete: Bool { State >= 2 }
}
