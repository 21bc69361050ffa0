/// One key that a plugin takes in a `work-commands` entry.
///
/// The list of these is the plugin's contract with the operator: it is what `workceptorctl plugins` shows, and a
/// key that is not in it is a configuration error with the nearest key as a hint.
public struct SettingKey: Sendable, Hashable {
    /// The key, in lower case and without `-` and `_`; configuration files may spell it in any case, with either.
    public var name: String
    /// One line for the operator: what it does, in which unit.
    public var summary: String
    /// The value when the key is absent, in words; `nil` when the key is required.
    public var defaultValue: String?

    /// - Parameters:
    ///   - name: lower case, without `-` and `_`.
    ///   - summary: one line for the operator.
    ///   - defaultValue: what holds when the key is absent; `nil` makes the key required.
    public init(_ name: String, _ summary: String, default defaultValue: String?) {
        self.name = name
        self.summary = summary
        self.defaultValue = defaultValue
    }

    /// Whether an entry without this key is an error.
    public var isRequired: Bool { defaultValue == nil }
}

/// The settings of one configured work type, decoded from its entry in the configuration file.
public protocol WorkTypeSettings: Decodable, Sendable {
    /// The keys that `Decodable` conformance reads, beyond those that every work type has (`worktype`, `plugin`,
    /// `allowruntimeparams`, `verifysignature`).
    static var keys: [SettingKey] { get }
}

/// Where a plugin's settings come from: an entry of a configuration file, merged over the defaults of a drop-in.
public protocol SettingsSource: Sendable {
    /// Where the entry stands, for error messages.
    var position: SourcePosition? { get }

    /// Decodes the entry's own keys.
    ///
    /// - Throws: ``ConfigurationProblems``, with positions: unknown keys, missing keys, values of the wrong kind,
    ///   and what `init(from:)` itself throws.
    func settings<Settings: WorkTypeSettings>(_ type: Settings.Type) throws(ConfigurationProblems) -> Settings
}
