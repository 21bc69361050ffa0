internal import LinuxSystem
internal import RunnerProtocol
public import Workceptor

/// Work types that run an executable under a runner that outlives the daemon (work-units §3).
public struct CommandPlugin: WorkTypePlugin {
    public let name = "command"
    public let summary = "runs an executable: payload on its standard input, its output as the results"
    private let runner: String?

    /// - Parameter runner: the path of the runner's executable; `nil` finds it beside the daemon's.
    public init(runner: String? = nil) { self.runner = runner }

    public func makeWorkType(named name: String, settings: CommandSettings) throws -> any WorkType {
        CommandWorkType(settings: settings, runner: try runner ?? RunnerLocation.find())
    }

    public func adopt(_ unit: WorkUnit) -> (any WorkType)? {
        guard Files.exists("\(unit.directory)/\(RunnerRecord.fileName)"), let runner = try? runner ?? RunnerLocation.find()
        else { return nil }
        return CommandWorkType(settings: CommandSettings(command: ""), runner: runner)
    }
}
