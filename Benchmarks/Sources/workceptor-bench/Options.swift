internal import Glibc

/// The command line.
struct Options: Sendable {
    /// The folder of the release binaries.
    private(set) var binaries = ""
    /// The benchmarks to run; empty for all.
    private(set) var only: [String] = []
    private(set) var isQuick = false
    private(set) var asJSON = false
    /// The `durability` of nodes in memory, where the program knows it; `nil` for its default.
    private(set) var durability: String?

    /// Reads a command line; prints help or an error and exits where that is what it comes to.
    init(_ arguments: [String], known: [any Benchmark]) {
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            switch argument {
            case "--binaries": binaries = rest.popFirst() ?? ""
            case "--only":
                let name = rest.popFirst() ?? ""
                guard known.contains(where: { $0.name == name }) else {
                    Self.refuse("no benchmark '\(name)': there are \(known.map(\.name).joined(separator: ", "))")
                }
                only.append(name)
            case "--quick": isQuick = true
            case "--durability":
                let value = rest.popFirst() ?? ""
                guard ["full", "relaxed"].contains(value) else { Self.refuse("--durability is full or relaxed") }
                durability = value
            case "--json": asJSON = true
            case "--help", "-h":
                Output.result(Self.help(known))
                exit(0)
            default: Self.refuse("unknown option '\(argument)': see --help")
            }
        }
        guard access("\(binaries)/workceptor", X_OK) == 0, access("\(binaries)/workceptor-runner", X_OK) == 0 else {
            Self.refuse("no workceptor and workceptor-runner in '\(binaries)': say with --binaries where they are")
        }
    }

    private static func refuse(_ why: String) -> Never {
        Output.error(why)
        exit(64)
    }

    private static func help(_ known: [any Benchmark]) -> String {
        let width = known.map(\.name.count).max() ?? 0
        let list = known.map { benchmark in
            "  \(benchmark.name)\(String(repeating: " ", count: width - benchmark.name.count))  \(benchmark.summary)\n"
        }
        return """
            usage: workceptor-bench --binaries FOLDER [--only NAME]... [--quick] [--json] [--durability full|relaxed]

            Measures release binaries of workceptor, and prints each figure beside its target and Receptor's own.

              --binaries FOLDER  where workceptor and workceptor-runner are
              --only NAME        run this one; may be repeated
              --quick            fewer runs and units
              --durability KIND  full or relaxed, for nodes whose data is in memory; on the disk both are measured
              --json             print JSON instead of a table

            Benchmarks:
            \(list.joined())
            Exit status: 0 when all was measured, whether or not a target is missed; 1 when something could not be.

            """
    }
}
