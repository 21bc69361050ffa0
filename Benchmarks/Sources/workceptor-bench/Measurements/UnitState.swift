/// The numbers of states that a benchmark waits for.
enum UnitState {
    static let succeeded = 2
    static let firstComplete = 2
}
