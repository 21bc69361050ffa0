internal import Glibc
internal import LinuxSystem
public import Workceptor

/// Work types that answer with their payload: the smallest plugin, a sample for authors and a probe for operators.
public struct EchoPlugin: WorkTypePlugin {
    /// The name in `plugin:` keys.
    public let name = "echo"
    /// One line for the operator.
    public let summary = "answers with the payload or a fixed text, inside the daemon"

    /// Creates the plugin.
    public init() {}

    /// Makes a work type from its settings.
    public func makeWorkType(named name: String, settings: EchoSettings) -> any WorkType {
        EchoWorkType(settings: settings)
    }
}

/// Copies the payload to the results.
struct EchoWorkType: WorkType {
    let settings: EchoSettings

    func run(_ unit: WorkUnit) async throws -> UnitOutcome {
        await unit.running(detail: "Running")
        try await Task.sleep(for: settings.delay)
        let settings = settings
        try await unit.environment.disk.run(for: unit.id) { () throws(SystemError) in
            // Truncated, since a recovered unit writes its answer anew.
            let output = try Descriptor(opening: unit.stdoutPath, flags: O_WRONLY | O_TRUNC, for: "write")
            if let reply = settings.reply {
                try output.write(Array(reply.utf8) + [UInt8(ascii: "\n")])
            } else {
                let input = try Descriptor(opening: unit.payloadPath, flags: O_RDONLY, for: "read")
                while case let part = try input.read(upTo: 256 << 10), !part.isEmpty { try output.write(part) }
            }
        }
        guard let failure = settings.failure else { return .succeeded() }
        return .failed(failure)
    }

    /// Nothing outside the unit's directory happens, so the work may simply be done again.
    func recover(_ unit: WorkUnit) async throws -> UnitOutcome {
        guard unit.status.state == .running else { return .failed("The node stopped before the work was started") }
        return try await run(unit)
    }
}
