public import Workceptor

/// One file of `plugins.d`: what it says about its plugin.
public struct DropIn: Sendable, Equatable {
    /// The file's path.
    public var file: String
    /// The name of the plugin.
    public var plugin: String
    /// What holds for the plugin's work types that do not say otherwise.
    public var defaults: YAMLSettings
    /// The work types that the file defines.
    public var workCommands: [Configuration.WorkCommand]
    /// Where the first key of the file stands.
    public var position: SourcePosition
}
