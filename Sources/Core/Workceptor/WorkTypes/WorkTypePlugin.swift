/// A kind of work type that is compiled into the daemon: it makes work types from entries of the configuration.
///
/// A plugin is known by its ``name``, which `work-commands` entries give as `plugin`. What each plugin adds to a node
/// is one conformance to this protocol, one to ``WorkType`` and one to ``WorkTypeSettings``.
public protocol WorkTypePlugin: Sendable {
    /// The plugin's own keys of an entry.
    associatedtype Settings: WorkTypeSettings

    /// The name in `plugin:` keys, lower case.
    var name: String { get }
    /// One line for the operator.
    var summary: String { get }

    /// Makes a work type from its settings.
    ///
    /// - Throws: when the settings cannot work; reported at the entry's place in the file.
    func makeWorkType(named name: String, settings: Settings) throws -> any WorkType

    /// Takes over a unit which may still run, and whose work type is not configured any more, or as another plugin's.
    ///
    /// - Returns: `nil` when the unit's directory does not show that it is this plugin's; the default.
    func adopt(_ unit: WorkUnit) -> (any WorkType)?
}

extension WorkTypePlugin {
    /// Takes over nothing unless a plugin says otherwise.
    public func adopt(_ unit: WorkUnit) -> (any WorkType)? { nil }

    func makeWorkType(named name: String, from source: any SettingsSource) throws -> any WorkType {
        try makeWorkType(named: name, settings: try source.settings(Settings.self))
    }

    /// The keys of ``Settings``, for callers that do not know the type.
    public var settingKeys: [SettingKey] { Settings.keys }
}
