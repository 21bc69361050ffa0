import Testing

@testable import workceptorctl

@Suite struct `The parameters of a unit` {
    private func parse(_ options: [String], _ words: [String] = []) throws -> [String] {
        try UnitParameters.parse(options: options, words: words) { "content of \($0)" }.map { "\($0.name)=\($0.value)" }
    }

    @Test func `are read in their order, the later of two with one name wins`() throws {
        #expect(try parse(["a=1", "b=x=y", "c=", "a=2"]) == ["a=2", "b=x=y", "c="])
    }

    @Test func `can come from files, unless the sign is doubled`() throws {
        #expect(try parse(["a=@f", "b=@@f", "c=x@f"]) == ["a=content of f", "b=@@f", "c=x@f"])
    }

    @Test func `have the words after the work type joined at the end of params`() throws {
        #expect(try parse([], ["/root", "a b"]) == ["params=/root a b"])
        #expect(try parse(["params=--all", "x=1"], ["/root"]) == ["params=--all /root", "x=1"])
        #expect(try parse(["params=@f"], ["@g"]) == ["params=content of f @g"])
        #expect(try parse([], ["@g"]) == ["params=content of g"])
    }

    @Test(arguments: ["novalue", "=x", ""])
    func `must have a name and a value`(option: String) {
        #expect(
            throws: CommandFailure("Parameter \(option) is not of the form name=value", exitCode: .submitFailed)
        ) { try parse([option]) }
    }

    @Test func `from a file that is not there are an error with the exit code of a failed submission`() {
        #expect(throws: CommandFailure("/nonexistent/f does not exist", exitCode: .submitFailed)) {
            try UnitParameters.parse(options: ["a=@/nonexistent/f"], words: [])
        }
    }

    @Test func `from a real file are what it holds`() throws {
        let parameters = try UnitParameters.parse(options: ["a=@/proc/sys/kernel/ostype"], words: [])
        #expect(parameters.map(\.value) == ["Linux\n"])
    }
}
