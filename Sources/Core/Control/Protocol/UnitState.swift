/// The state of a unit of work, numbered as on disk and on the wire (work-units §2).
public enum UnitState: Int, Sendable, Hashable, CaseIterable {
    /// Accepted, not started.
    case pending = 0
    /// Started.
    case running = 1
    /// Ended well.
    case succeeded = 2
    /// Ended badly, or never started.
    case failed = 3
    /// Ended by a cancel request.
    case canceled = 4

    /// Whether it is final; nothing follows a final state.
    public var isComplete: Bool {
        switch self {
        case .pending, .running: false
        case .succeeded, .failed, .canceled: true
        }
    }

    /// The name that the control protocol gives it.
    public var name: String {
        switch self {
        case .pending: "Pending"
        case .running: "Running"
        case .succeeded: "Succeeded"
        case .failed: "Failed"
        case .canceled: "Canceled"
        }
    }

    /// The state of that number; `nil` for one that is not known here.
    public init?(number: Int64?) {
        guard let number = number.flatMap({ Int(exactly: $0) }) else { return nil }
        self.init(rawValue: number)
    }

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
