import Workceptor

/// What the command plugin takes, as far as these tests need it.
struct CommandSettings: WorkTypeSettings, Equatable {
    static let keys = [
        SettingKey("command", "the program to run", default: nil),
        SettingKey("params", "its parameters", default: "none"),
    ]

    var command: String
    var params: String?
}
