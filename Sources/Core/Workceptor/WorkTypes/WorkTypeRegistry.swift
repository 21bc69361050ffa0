/// The configured work types of a node: a value that reload replaces as a whole.
public struct WorkTypeRegistry: Sendable {
    /// One entry of `work-commands`, not yet turned into a work type.
    public struct Entry: Sendable {
        /// The `worktype` name.
        public var name: String
        /// The name of the plugin.
        public var plugin: String
        /// What the type admits.
        public var policy: WorkPolicy
        /// The plugin's own keys.
        public var settings: any SettingsSource

        /// Creates one from its parts.
        public init(name: String, plugin: String, policy: WorkPolicy, settings: any SettingsSource) {
            self.name = name
            self.plugin = plugin
            self.policy = policy
            self.settings = settings
        }
    }

    /// A work type that is ready for units.
    public struct Registered: Sendable {
        /// The `worktype` name.
        public let name: String
        /// The name of its plugin.
        public let plugin: String
        /// What it admits.
        public let policy: WorkPolicy
        /// Where it is configured.
        public let source: SourcePosition?
        /// The plugin's instance.
        public let type: any WorkType
    }

    /// The compiled-in plugins, in the order in which they were given.
    public let plugins: [any WorkTypePlugin]
    private var types: [String: Registered] = [:]

    /// A registry without work types.
    public init(plugins: [any WorkTypePlugin]) { self.plugins = plugins }

    /// Makes the work types of all entries.
    ///
    /// - Throws: ``ConfigurationProblems`` with everything that is wrong with any of them.
    public init(_ entries: [Entry], plugins: [any WorkTypePlugin]) throws(ConfigurationProblems) {
        self.init(plugins: plugins)
        var problems: [ConfigurationProblem] = []
        for entry in entries {
            do { try add(entry) } catch { problems += error.problems }
        }
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
    }

    /// The work types in the order of their names.
    public var all: [Registered] { types.values.sorted { $0.name < $1.name } }

    /// The work type of that name.
    public subscript(name: String) -> Registered? { types[name] }

    /// Makes the work type of one entry.
    ///
    /// - Throws: ``ConfigurationProblems``; the registry is as it was then.
    public mutating func add(_ entry: Entry) throws(ConfigurationProblems) {
        let position = entry.settings.position
        func problem(_ message: String, hint: String? = nil) -> ConfigurationProblems {
            ConfigurationProblems([ConfigurationProblem(message, at: position, hint: hint)])
        }
        if let other = types[entry.name] {
            throw problem(
                "work type '\(entry.name)' is defined twice",
                hint: other.source.map { "the first definition is at \($0)" }
            )
        }
        guard let plugin = plugins.first(where: { $0.name == entry.plugin }) else {
            let names = plugins.map(\.name).joined(separator: ", ")
            throw problem(
                "unknown plugin '\(entry.plugin)' of work type '\(entry.name)'",
                hint: "plugins here: \(names)"
            )
        }
        let type: any WorkType
        do {
            type = try plugin.makeWorkType(named: entry.name, from: entry.settings)
        } catch let problems as ConfigurationProblems {
            throw problems
        } catch {
            throw problem("work type '\(entry.name)': \(error)")
        }
        types[entry.name] = Registered(
            name: entry.name,
            plugin: entry.plugin,
            policy: entry.policy,
            source: position,
            type: type
        )
    }
}
