public import Workceptor

/// The `command` plugin's keys of a `work-commands` entry.
public struct CommandSettings: WorkTypeSettings {
    /// The executable, with a path or to be found in PATH.
    public var command: String
    /// Its options and arguments, split into words as Receptor splits them.
    public var params: String
    /// How long a cancelled unit may take to end.
    public var gracePeriod: Duration
    /// What becomes of processes that the command leaves behind when it ends without having been cancelled.
    public var killMode: KillMode

    /// What becomes of processes that a command leaves behind at its own end. A cancel ends all of them in any case.
    public enum KillMode: String, Sendable, Hashable {
        /// They go on, as with Receptor.
        case leave
        /// They are ended as a cancel ends them, and the unit has ended when they have.
        case unit
    }

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
        SettingKey(
            "killmode",
            "processes that the command leaves behind at its end: 'leave' them, or end them with the 'unit'",
            default: "leave"
        ),
    ]

    private enum CodingKeys: String, CodingKey {
        case command, params, gracetime, killmode
    }

    /// Creates one from its parts.
    public init(
        command: String,
        params: String = "",
        gracePeriod: Duration = .seconds(5),
        killMode: KillMode = .leave
    ) {
        self.command = command
        self.params = params
        self.gracePeriod = gracePeriod
        self.killMode = killMode
    }

    /// Decodes and checks the keys of an entry.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        command = try keys.decode(String.self, forKey: .command)
        params = try keys.decodeIfPresent(String.self, forKey: .params) ?? ""
        gracePeriod = try keys.decodeIfPresent(Duration.self, forKey: .gracetime) ?? .seconds(5)
        let mode = try keys.decodeIfPresent(String.self, forKey: .killmode) ?? KillMode.leave.rawValue
        guard let killMode = KillMode(rawValue: mode) else {
            throw DecodingError.dataCorruptedError(
                forKey: .killmode,
                in: keys,
                debugDescription: "must be 'leave' or 'unit'"
            )
        }
        self.killMode = killMode
        if command.isEmpty {
            throw DecodingError.dataCorruptedError(forKey: .command, in: keys, debugDescription: "must not be empty")
        }
        if command.utf8.contains(0) {
            throw DecodingError.dataCorruptedError(
                forKey: .command,
                in: keys,
                debugDescription: "has a zero byte, which no path can have"
            )
        }
        if let problem = ShellWords.problem(params, named: "the value") {
            throw DecodingError.dataCorruptedError(forKey: .params, in: keys, debugDescription: problem)
        }
        if gracePeriod < .milliseconds(100) || gracePeriod > .seconds(3600) {
            throw DecodingError.dataCorruptedError(
                forKey: .gracetime,
                in: keys,
                debugDescription: "must be from 100ms to 1h"
            )
        }
    }
}
