/// One group of measurements that belong together.
protocol Benchmark: Sendable {
    /// What `--only` calls it.
    var name: String { get }
    /// What it measures and how, in one line.
    var summary: String { get }

    /// Measures.
    ///
    /// - Throws: why it could not be measured.
    func run(_ bench: Workbench) throws -> [Row]
}
