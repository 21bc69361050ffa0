@testable import Workceptor

/// A plugin without settings, all of whose work types are the same.
struct FixedPlugin: WorkTypePlugin {
    struct Settings: WorkTypeSettings {
        static let keys: [SettingKey] = []
    }

    let name: String
    let type: any WorkType
    let summary = "for tests"

    func makeWorkType(named name: String, settings: Settings) -> any WorkType { type }

    /// An entry of the configuration for it.
    func entry(_ workType: String, _ policy: WorkPolicy = WorkPolicy()) -> WorkTypeRegistry.Entry {
        .init(name: workType, plugin: name, policy: policy, settings: NoSettings())
    }
}

private struct NoSettings: SettingsSource {
    var position: SourcePosition? { nil }

    func settings<Settings: WorkTypeSettings>(_ type: Settings.Type) throws(ConfigurationProblems) -> Settings {
        guard let settings = FixedPlugin.Settings() as? Settings else { throw ConfigurationProblems([]) }
        return settings
    }
}
