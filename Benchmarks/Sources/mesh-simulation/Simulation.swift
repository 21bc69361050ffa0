internal import Glibc
internal import Netceptor

/// Lets meshes of growing size converge and rest, and prints what that costs (mesh-protocol §3.2).
///
/// Options: the sizes, 10 to 3,000 nodes unless given.
@main
enum Simulation {
    private static let columns = [
        "nodes", "links", "routes full", "last change", "messages", "MB", "CPU", "rest: messages", "CPU ms",
        "KB",
    ]
    private static let units = [
        "", "", "simulated s", "simulated s", "to full routes", "to full routes", "s to full", "a node a s",
        "a node a s", "a node",
    ]

    static func main() throws {
        var sizes = CommandLine.arguments.dropFirst().compactMap { Int($0) }.filter { (2...8_000).contains($0) }
        if sizes.isEmpty { sizes = [10, 100, 1_000, 3_000] }
        print(line(columns))
        print(line(units))
        for size in sizes {
            print(line(try measure(size)))
            fflush(nil)
        }
    }

    private static func measure(_ size: Int) throws -> [String] {
        let graph = RandomGraph(nodeCount: size, seed: 7)
        let bytesBefore = ProcessUsage.residentBytes
        let start = ProcessUsage.processorSeconds
        var mesh = try SimulatedMesh(graph, seed: 11)
        mesh.run(until: .seconds(600)) { $0.isConverged }
        let converged = mesh.now
        let cost = ProcessUsage.processorSeconds - start
        let (messages, bytes) = (mesh.messageCount, mesh.byteCount)
        // What was set off by the start ends before the rest is measured.
        if size > 1_000 { tell("\(size) nodes: full routes after \(decimal(cost)) s of CPU") }
        let restStart = converged.advanced(by: .seconds(restDelay(of: size)))
        mesh.run(until: restStart)
        mesh.releaseSpareMemory()
        let restSeconds = restSeconds(of: size)
        let before = (messages: mesh.messageCount, time: ProcessUsage.processorSeconds)
        mesh.run(until: restStart.advanced(by: .seconds(restSeconds)))
        let nodeSeconds = Double(size * restSeconds)
        let restTime = ProcessUsage.processorSeconds - before.time
        return [
            String(size), String(graph.links.count), mesh.isConverged ? text(converged) : "not in time",
            text(mesh.lastRouteChange), String(messages), decimal(Double(bytes) / 1e6), decimal(cost),
            decimal(Double(mesh.messageCount - before.messages) / nodeSeconds),
            decimal(restTime / nodeSeconds * 1_000, digits: 3),
            decimal(Double(ProcessUsage.residentBytes - bytesBefore) / Double(size) / 1_024),
        ]
    }

    /// Larger meshes have enough messages in a shorter time. Ten seconds have a route update of each node.
    private static func restSeconds(of size: Int) -> Int { size < 1_000 ? 120 : size > 1_000 ? 10 : 60 }

    private static func restDelay(of size: Int) -> Int { size > 1_000 ? 5 : 30 }

    /// A large mesh takes minutes.
    private static func tell(_ progress: String) {
        var line = Array((progress + "\n").utf8)
        _ = write(STDERR_FILENO, &line, line.count)
    }

    private static func text(_ instant: MeshInstant) -> String { decimal(instant.offset / .seconds(1), digits: 3) }

    private static func decimal(_ value: Double, digits: Int = 1) -> String {
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * scale).rounded())
        let fraction = String(scaled % Int(scale))
        return "\(scaled / Int(scale)).\(String(repeating: "0", count: max(0, digits - fraction.count)))\(fraction)"
    }

    private static func line(_ cells: [String]) -> String {
        cells.map { String(repeating: " ", count: max(0, 15 - $0.count)) + $0 }.joined()
    }
}

extension MeshInstant {
    /// So long after the start.
    fileprivate static func seconds(_ seconds: Int) -> MeshInstant { MeshInstant(offset: .seconds(seconds)) }
}
