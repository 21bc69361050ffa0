import ControlClient

/// Does one thing to each of several units and prints what came of it, in receptorctl's form.
struct UnitOperation {
    /// The first line of the output, if it has one.
    var title: String?
    let perform: (_ unitID: String) throws(ControlError) -> (outcome: String, unitID: String)

    /// - Parameter print: takes the lines of the output.
    /// - Throws: ``CommandFailure`` when one of them failed, or what kept the output from being written; the others are
    ///   done all the same.
    func run(on unitIDs: [String], print: (String) throws -> Void = { try Console.print($0) }) throws {
        var hasFailed = false
        var output = Result<Void, any Error> { if let title { try print(title) } }
        for unitID in unitIDs {
            do throws(ControlError) {
                let result = try perform(unitID)
                output = output.flatMap { Result { try print("(\(result.unitID), \(result.outcome))") } }
            } catch {
                guard error.code == .refused else { throw error }
                Console.error(error.message, of: unitID)
                hasFailed = true
            }
        }
        try output.get()
        if hasFailed { throw CommandFailure(nil) }
    }
}
