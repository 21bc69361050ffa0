import Testing

@testable import Configuration

@Suite struct `The nearest name` {
    @Test(arguments: [
        ("comand", "command"), ("commnad", "command"), ("Com-Mand", "command"), ("parms", "params"),
        ("workype", "worktype"),
    ])
    func `is found when a few letters are wrong`(name: String, nearest: String) {
        #expect(NearestName.to(name, among: ["worktype", "command", "params"]) == nearest)
    }

    @Test(arguments: ["", "x", "cmd", "commander in chief", String(repeating: "command", count: 10_000)])
    func `is none when nothing is near`(name: String) {
        #expect(NearestName.to(name, among: ["worktype", "command", "params"]) == nil)
    }
}
