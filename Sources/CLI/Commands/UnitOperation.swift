import ControlClient

/// Does one thing to each of several units and prints what came of it, in receptorctl's form.
struct UnitOperation {
    let perform: (_ unitID: String) throws(ControlError) -> (outcome: String, unitID: String)

    /// - Throws: ``CommandFailure`` when one of them failed; the others are done all the same.
    func run(on unitIDs: [String]) throws {
        var hasFailed = false
        for unitID in unitIDs {
            do {
                let result = try perform(unitID)
                try Console.print("(\(result.unitID), \(result.outcome))")
            } catch let error as ControlError where error.code == .refused {
                Console.error("\(unitID): ERROR: \(error.message)")
                hasFailed = true
            }
        }
        if hasFailed { throw CommandFailure(nil) }
    }
}
