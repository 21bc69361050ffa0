/// How many times as long work takes for four times the input: about 4 where the cost is linear, 16 where it is
/// quadratic. The fastest of several runs counts, since others use the machine, too.
public func costOfFourTimes<Input>(_ small: Input, _ large: Input, _ work: (Input) throws -> Void) rethrows -> Double {
    func fastest(_ input: Input) throws -> Duration {
        var best = Duration.seconds(3600)
        for _ in 0..<5 { best = min(best, try ContinuousClock().measure { try work(input) }) }
        return best
    }
    return try fastest(large) / fastest(small)
}
