public import Workceptor

/// The `echo` plugin's keys of a `work-commands` entry.
public struct EchoSettings: WorkTypeSettings {
    /// What to answer instead of the payload.
    public var reply: String?
    /// How long to wait before the answer.
    public var delay: Duration
    /// What to fail with after the answer.
    public var failure: String?

    /// The keys that `init(from:)` reads.
    public static let keys = [
        SettingKey("reply", "a fixed text to answer with", default: "the payload"),
        SettingKey("delay", "how long to wait before the answer", default: "0s"),
        SettingKey("fail", "fail with this text after the answer", default: "succeed"),
    ]

    private enum CodingKeys: String, CodingKey {
        case reply, delay, failure = "fail"
    }

    /// Creates one from its parts.
    public init(reply: String? = nil, delay: Duration = .zero, failure: String? = nil) {
        self.reply = reply
        self.delay = delay
        self.failure = failure
    }

    /// Decodes and checks the keys of an entry.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        reply = try keys.decodeIfPresent(String.self, forKey: .reply)
        delay = try keys.decodeIfPresent(Duration.self, forKey: .delay) ?? .zero
        failure = try keys.decodeIfPresent(String.self, forKey: .failure)
    }
}
