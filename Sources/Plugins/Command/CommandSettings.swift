public import Workceptor

/// The `command` plugin's keys of a `work-commands` entry.
public struct CommandSettings: WorkTypeSettings {
    /// The executable, with a path or to be found in PATH.
    public var command: String
    /// Its options and arguments, split into words as a POSIX shell splits them.
    public var params: String
    /// How long a cancelled unit may take to end.
    public var gracePeriod: Duration

    /// The keys that `init(from:)` reads.
    public static let keys = [
        SettingKey("command", "the executable, with a path or to be found in PATH", default: nil),
        SettingKey(
            "params",
            "options and arguments, split into words like a shell's, without expansion",
            default: "none"
        ),
        SettingKey(
            "gracetime",
            "time from a cancel request until everything that the unit started is gone",
            default: "5s"
        ),
    ]

    private enum CodingKeys: String, CodingKey {
        case command, params, gracetime
    }

    /// Creates one from its parts.
    public init(command: String, params: String = "", gracePeriod: Duration = .seconds(5)) {
        self.command = command
        self.params = params
        self.gracePeriod = gracePeriod
    }

    /// Decodes and checks the keys of an entry.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        command = try keys.decode(String.self, forKey: .command)
        params = try keys.decodeIfPresent(String.self, forKey: .params) ?? ""
        gracePeriod = try keys.decodeIfPresent(Duration.self, forKey: .gracetime) ?? .seconds(5)
        if command.isEmpty {
            throw DecodingError.dataCorruptedError(forKey: .command, in: keys, debugDescription: "command is empty")
        }
        if ShellWords.split(params) == nil {
            throw DecodingError.dataCorruptedError(
                forKey: .params,
                in: keys,
                debugDescription: "params has a quote that is not closed, or ends with a backslash"
            )
        }
        if gracePeriod < .milliseconds(100) || gracePeriod > .seconds(3600) {
            throw DecodingError.dataCorruptedError(
                forKey: .gracetime,
                in: keys,
                debugDescription: "gracetime must be from 100ms to 1h"
            )
        }
    }
}
