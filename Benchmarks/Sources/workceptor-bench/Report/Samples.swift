/// What several runs of one measurement gave.
struct Samples: Sendable {
    private let sorted: [Double]

    /// - Throws: ``Failure``, when there is nothing or no number in it.
    init(_ values: [Double]) throws {
        guard !values.isEmpty, !values.contains(where: \.isNaN) else { throw Failure("nothing was measured") }
        sorted = values.sorted()
    }

    var count: Int { sorted.count }
    var least: Double { sorted[0] }
    var most: Double { sorted[sorted.count - 1] }

    /// The value in the middle, or between the two there.
    var median: Double { (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2 }
}
