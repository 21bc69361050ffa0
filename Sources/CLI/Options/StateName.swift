import ArgumentParser
import ControlClient

/// The name of a state of a unit as an argument, in any case.
struct StateName: ExpressibleByArgument {
    let state: UnitState

    init?(argument: String) {
        guard let state = UnitState(named: argument) else { return nil }
        self.state = state
    }

    static var allValueStrings: [String] { UnitState.allCases.map(\.name) }
}
