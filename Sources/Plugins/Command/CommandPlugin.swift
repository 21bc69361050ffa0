internal import Glibc
internal import LinuxSystem
internal import RunnerProtocol
internal import Synchronization
public import Workceptor

/// Work types that run an executable under a runner that outlives the daemon (work-units §3).
public struct CommandPlugin: WorkTypePlugin {
    /// The name in `plugin:` keys.
    public let name = "command"
    /// One line for the operator.
    public let summary = "runs an executable: payload on its standard input, its output as the results"
    private let runner: String?
    private let spawners = SpawnerPool()

    /// - Parameter runner: the path of the runner's executable; `nil` finds it beside the daemon's.
    public init(runner: String? = nil) {
        self.runner = runner
        // A daemon that a unit started is that unit's, but what it starts itself is not.
        unsetenv(RunnerOrder.unitVariable)
    }

    /// Makes a work type from its settings.
    public func makeWorkType(named name: String, settings: CommandSettings) throws -> any WorkType {
        CommandWorkType(settings: settings, spawner: spawners.spawner(at: try runner ?? RunnerLocation.find()))
    }

    /// Takes over a unit that is this plugin's, or has a runner's record.
    public func adopt(_ unit: WorkUnit) -> (any WorkType)? {
        guard unit.plugin == name || Files.exists("\(unit.directory)/\(RunnerRecord.fileName)") else { return nil }
        // It watches a runner that is there, and starts none.
        let spawner = RunnerSpawner(path: RunnerLocation.name)
        return CommandWorkType(settings: CommandSettings(command: ""), spawner: spawner)
    }
}

/// One spawner for all work types of the plugin.
private final class SpawnerPool: Sendable {
    private let spawners = Mutex<[String: RunnerSpawner]>([:])

    func spawner(at path: String) -> RunnerSpawner {
        spawners.withLock { spawners in
            if let spawner = spawners[path] { return spawner }
            let spawner = RunnerSpawner(path: path)
            spawners[path] = spawner
            return spawner
        }
    }
}
