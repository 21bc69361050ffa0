internal import Glibc

/// How the cost of a piece of work grows with its input. It counts the thread's own processor time, so that a busy
/// machine does not matter, and the least of several runs.
public enum CostGrowth {
    /// How many times as much a unit of a large input costs as one of a small input: about 1 where the cost is linear,
    /// about `factor` where it is quadratic. Compare with a quarter of the factor.
    ///
    /// - Parameters:
    ///   - size: the small input's size, large enough for a tenth of a millisecond or so.
    ///   - factor: how many times as large the large one is.
    ///   - input: makes an input of a size; not counted.
    ///   - work: what is measured; it must not suspend.
    public static func perUnit<Input>(
        from size: Int,
        times factor: Int = 16,
        input: (Int) throws -> Input,
        work: (Input) throws -> Void
    ) rethrows -> Double {
        let small = try input(size)
        let large = try input(size * factor)
        var least = (small: Double.infinity, large: Double.infinity)
        for _ in 0..<5 {
            // As often as makes both as long: then both meet the same disturbances.
            least.small = min(least.small, try seconds { for _ in 0..<factor { try work(small) } })
            least.large = min(least.large, try seconds { try work(large) })
        }
        return least.large / max(least.small, 1e-9)
    }

    private static func seconds(_ body: () throws -> Void) rethrows -> Double {
        let start = ThreadTime.seconds
        try body()
        return ThreadTime.seconds - start
    }
}
