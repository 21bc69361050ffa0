/// The bound that a median must keep.
enum Target: Sendable {
    case atMost(Double)
    case atLeast(Double)

    /// Whether a value keeps it.
    func isMet(by value: Double) -> Bool {
        switch self {
        case .atMost(let bound): value <= bound
        case .atLeast(let bound): value >= bound
        }
    }

    /// By how much a value misses it, as a part of the bound; `nil` when it is met.
    func miss(of value: Double) -> Double? {
        if isMet(by: value) { return nil }
        switch self {
        case .atMost(let bound): return bound > 0 ? value / bound - 1 : .infinity
        case .atLeast(let bound): return 1 - value / bound
        }
    }

    var bound: Double {
        switch self {
        case .atMost(let bound), .atLeast(let bound): bound
        }
    }

    var sign: String {
        switch self {
        case .atMost: "≤"
        case .atLeast: "≥"
        }
    }
}
