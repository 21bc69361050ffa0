internal import JSON
internal import LinuxSystem
internal import Logging
public import Workceptor

/// A node with one work type, its units in a scratch directory, for tests of plugins.
///
/// ```swift
/// try await WorkTypeFixture.with(EchoPlugin(), settings: EchoSettings()) { fixture in
///     let result = try await fixture.run(payload: "hello")
///     #expect(result.status.state == .succeeded && result.stdout == "hello")
/// }
/// ```
public struct WorkTypeFixture: Sendable {
    /// A unit that has ended.
    public struct Result: Sendable {
        /// What is known of it.
        public var status: UnitStatus
        /// What it wrote, as UTF-8.
        public var stdout: String
    }

    /// What went wrong with the fixture itself, or with what it checks.
    public struct Failure: Error, CustomStringConvertible {
        /// The text that is shown for it.
        public let description: String

        init(_ description: String) { self.description = description }
    }

    /// The name of the work type.
    public static let workType = "tested"

    let workceptor: Workceptor
    /// The units' scratch directory.
    public let directory: String
    private let registry: WorkTypeRegistry

    /// Makes a node for a plugin's work type, runs the body, and cleans up, whatever the body does.
    ///
    /// - Parameters:
    ///   - plugin: the plugin.
    ///   - settings: the work type's settings.
    ///   - policy: what the work type admits; everything that needs no key unless given.
    /// - Throws: what the body throws, or why the node cannot be made.
    @discardableResult
    public static func with<Plugin: WorkTypePlugin, Value>(
        _ plugin: Plugin,
        settings: Plugin.Settings,
        policy: WorkPolicy = WorkPolicy(allowsRuntimeParameters: true),
        _ body: (WorkTypeFixture) async throws -> Value
    ) async throws -> Value {
        let directory = "/tmp/worktype-\(UnitID.random())"
        defer { try? Files.removeTree(directory) }
        let entry = WorkTypeRegistry.Entry(
            name: workType,
            plugin: plugin.name,
            policy: policy,
            settings: FixedSettings(value: settings)
        )
        let fixture = try await open(directory, try WorkTypeRegistry([entry], plugins: [plugin]))
        do {
            let value = try await body(fixture)
            try await fixture.releaseAll()
            return value
        } catch {
            try? await fixture.releaseAll()
            throw error
        }
    }

    private static func open(_ directory: String, _ registry: WorkTypeRegistry) async throws -> WorkTypeFixture {
        let environment = try WorkEnvironment(nodeID: "test")
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let workceptor = try Workceptor(
            environment: environment,
            dataDirectory: directory,
            registry: registry,
            verifier: nil,
            logger: logger
        )
        try await workceptor.recover()
        return WorkTypeFixture(workceptor: workceptor, directory: directory, registry: registry)
    }

    private func releaseAll() async throws {
        for unit in workceptor.units { _ = try await workceptor.release(unit) }
    }

    /// Submits a unit and waits until it runs.
    ///
    /// - Throws: `WorkError`, when it is refused or does not start.
    public func start(payload: String = "", parameters: [String: String] = [:]) async throws -> WorkUnit {
        let request = SubmitRequest(node: "localhost", workType: Self.workType, parameters: parameters)
        let intake = try await workceptor.admit(request, from: Principal(.unixSocket(nil)))
        let bytes = Array(payload.utf8)
        if !bytes.isEmpty { try await intake.append(bytes) }
        _ = try await intake.start()
        return intake.unit
    }

    /// Submits a unit and waits for its end.
    ///
    /// - Throws: `WorkError`, when it is refused or does not start.
    public func run(payload: String = "", parameters: [String: String] = [:]) async throws -> Result {
        try await result(of: try await start(payload: payload, parameters: parameters))
    }

    /// Waits for the end of a unit.
    public func result(of unit: WorkUnit) async throws -> Result {
        let status = await unit.status { $0.state.isComplete }
        let stdout = try Files.read(unit.stdoutPath, limit: 64 << 20)
        return Result(status: status, stdout: String(decoding: stdout, as: UTF8.self))
    }

    /// Asks for the end of a unit, as `work cancel` does.
    public func cancel(_ unit: WorkUnit) async throws -> Workceptor.Answer { try await workceptor.cancel(unit) }

    /// Deletes a unit, as `work release` does.
    public func release(_ unit: WorkUnit) async throws -> Workceptor.Answer { try await workceptor.release(unit) }

    /// Writes a unit to disk as a node that died would have left it, and lets a new node find it.
    ///
    /// - Parameter state: the state on disk.
    /// - Returns: the unit as the new node knows it.
    public func recoverUnit(leftIn state: UnitState, payload: String = "") async throws -> WorkUnit {
        let other = "\(directory)/other"
        let unit = "\(other)/test/\(UnitID.random())"
        try Files.makeDirectories(unit)
        for name in ["status.lock", "stdout"] { try Files.createEmpty("\(unit)/\(name)") }
        try Files.replace("\(unit)/stdin", with: Array(payload.utf8))
        let status = UnitStatus(state: state, detail: "left behind", workType: Self.workType)
        try Files.replace("\(unit)/status", with: status.fileContent)
        let fixture = try await Self.open(other, registry)
        guard let found = fixture.workceptor.units.first else {
            throw Failure("the unit was not found after a restart")
        }
        return found
    }
}

/// Settings that are there already, where a configuration file would be decoded.
private struct FixedSettings<Value: WorkTypeSettings>: SettingsSource {
    let value: Value
    var position: SourcePosition? { nil }

    func settings<Settings: WorkTypeSettings>(_ type: Settings.Type) throws(ConfigurationProblems) -> Settings {
        guard let settings = value as? Settings else {
            throw ConfigurationProblems([ConfigurationProblem("the settings are of another type than \(type)")])
        }
        return settings
    }
}
