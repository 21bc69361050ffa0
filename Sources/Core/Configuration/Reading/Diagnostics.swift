internal import Workceptor

/// What one reading of a file gathers besides the values: the problems, and what can be checked only at the end.
final class Diagnostics {
    /// More problems than this are counted, not kept: nobody reads them, and a hostile file has millions.
    static let maximumProblems = 1000

    /// The file's name as the operator gave it.
    let file: String
    /// The machine that paths and the host name are looked up on.
    let host: HostEnvironment
    /// The sections, by their plural names, whose entries are noted and not read.
    let unread: Set<String>
    /// The TLS profiles that are named somewhere.
    private(set) var references: [TLSReference] = []
    private var problems: [ConfigurationProblem] = []
    private var uncounted = 0

    init(file: String, host: HostEnvironment, unread: Set<String> = []) {
        self.file = file
        self.host = host
        self.unread = unread
    }

    /// Whether anything is wrong so far.
    var hasProblems: Bool { !problems.isEmpty }

    /// How many problems there are so far.
    var problemCount: Int { problems.count + uncounted }

    /// Notes a problem. The wording is not even put together when it would not be kept.
    func report(_ problem: @autoclosure () -> ConfigurationProblem) {
        guard problems.count < Self.maximumProblems else {
            uncounted += 1
            return
        }
        problems.append(problem())
    }

    /// Notes that a TLS profile is named, to be looked up when all of them are known.
    func note(_ reference: TLSReference) { references.append(reference) }

    /// The problems in the order of the file, each once: what an alias stands for is read more than once.
    var sortedProblems: [ConfigurationProblem] {
        var seen: Set<ConfigurationProblem> = []
        var sorted = problems.filter { seen.insert($0).inserted }.sortedByPosition()
        if uncounted > 0 { sorted.append(ConfigurationProblem("\(uncounted) more problems are not shown")) }
        return sorted
    }
}
