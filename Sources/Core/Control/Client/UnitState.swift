/// The state of a unit of work: section 2 of the work unit specification.
public enum UnitState: Int64, Sendable, CaseIterable {
    case pending = 0
    case running = 1
    case succeeded = 2
    case failed = 3
    case canceled = 4

    /// The name nodes use.
    public var name: String {
        switch self {
        case .pending: "Pending"
        case .running: "Running"
        case .succeeded: "Succeeded"
        case .failed: "Failed"
        case .canceled: "Canceled"
        }
    }

    /// Whether it is final.
    public var isComplete: Bool { rawValue >= UnitState.succeeded.rawValue }

    /// The state of that name, in any case; `Cancelled` is understood too.
    public init?(named name: String) {
        let lowercased = name.lowercased()
        guard
            let state = Self.allCases.first(where: {
                $0.name.lowercased() == lowercased || ($0 == .canceled && lowercased == "cancelled")
            })
        else { return nil }
        self = state
    }
}
