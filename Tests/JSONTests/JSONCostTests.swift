import JSON
import TestSupport
import Testing

@Suite struct `The cost of JSON` {
    enum Kind: CaseIterable {
        case object, array, string, escapes, blanks

        func text(_ size: Int) -> String {
            switch self {
            case .object:
                let member = #"":{"Detail":"a\u00e9\n","ExtraData":[null,1.5]}"#
                let members = (0..<size / 50).map { number in "\"u\(number)" + member }
                return "{" + members.joined(separator: ",") + "}"
            case .array: return "[" + String(repeating: "0,", count: size / 2) + "0]"
            case .string: return "\"" + String(repeating: "x", count: size) + "\""
            case .escapes: return "\"" + String(repeating: "\\n", count: size / 2) + "\""
            case .blanks: return String(repeating: " ", count: size) + "1"
            }
        }
    }

    @Test(arguments: Kind.allCases) func `grows with the text, not faster`(kind: Kind) throws {
        let growth = try CostGrowth.perUnit(from: 12_500, input: kind.text) { text in
            _ = try JSONValue(parsing: text).serialized
        }
        #expect(growth < 4)
    }
}
