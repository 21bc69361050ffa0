/// How many times as much processor time work takes for four times the input: about 4 where the cost is linear, 16 where
/// it is quadratic. The least of several runs counts.
public func costOfFourTimes<Input>(_ small: Input, _ large: Input, _ work: (Input) throws -> Void) rethrows -> Double {
    func least(_ input: Input) throws -> Double {
        var best = Double.infinity
        for _ in 0..<7 { best = min(best, try CostGrowth.seconds { try work(input) }) }
        return max(best, 1e-9)
    }
    return try least(large) / least(small)
}
