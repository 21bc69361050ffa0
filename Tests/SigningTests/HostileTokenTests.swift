import JSON
import TestSupport
import Testing

@testable import Signing

@Suite struct `Hostile tokens` {
    private let verifier: TokenVerifier

    init() throws {
        verifier = TokenVerifier(key: try RSAPublicKey(pem: TestKeys.publicPKIX), audience: "bar")
    }

    @Test func `that differ from a valid one in anything are refused, and never echoed`() {
        var generator = SeededGenerator(seed: 4)
        let original = GoldenTokens.audienceList
        for _ in 0..<6000 {
            let token = Self.mutated(original, using: &generator)
            guard token != original else { continue }
            let problem = refusal(of: token)
            #expect(problem != nil, "accepted: \(token)")
            #expect(problem.map { $0.message.utf8.count < 400 && !$0.message.contains("\n") } ?? true)
            #expect(problem.map { !$0.message.contains("eyJ0eXAi") && !$0.message.contains("VzfUHKTN") } ?? true)
        }
    }

    @Test func `of the right signer are accepted exactly when every claim holds`() throws {
        var generator = SeededGenerator(seed: 5)
        var accepted = 0
        for _ in 0..<200 {
            let (claims, isValid) = Self.randomClaims(using: &generator)
            let problem = refusal(of: try TokenForge.token(claims: claims))
            #expect((problem == nil) == isValid, "\(claims): \(problem?.message ?? "accepted")")
            accepted += isValid ? 1 : 0
        }
        // The generator is of no use if it makes tokens of one kind only.
        #expect((20...180).contains(accepted))
    }

    @Test func `made of random JSON are refused or read, without a crash`() throws {
        var generator = SeededGenerator(seed: 6)
        for _ in 0..<3000 {
            let header = Self.randomJSON(depth: 0, using: &generator).serialized
            let claims = Self.randomJSON(depth: 0, using: &generator).serialized
            let token =
                Base64URL.encode(header.utf8) + "." + Base64URL.encode(claims.utf8) + "."
                + Base64URL.encode((0..<256).map { _ in UInt8.random(in: 0...255, using: &generator) })
            #expect(refusal(of: token) != nil)
        }
    }

    @Test func `that nest deeply are refused`() throws {
        let deep = String(repeating: "[", count: 1000) + String(repeating: "]", count: 1000)
        let claims = #"{"aud":"bar","exp":2000,"x":\#(deep)}"#
        #expect(refusal(of: try TokenForge.token(claims: claims))?.code == .malformed)
        let header = String(repeating: #"{"alg":"#, count: 90) + "1" + String(repeating: "}", count: 90)
        #expect(refusal(of: try TokenForge.token(header: header, claims: "{}"))?.code == .malformed)
    }

    // MARK: Makers

    private static func mutated(_ token: String, using generator: inout SeededGenerator) -> String {
        var bytes = Array(token.utf8)
        let alphabet = Array("ABab01-_.=+/ \n\u{0}é".utf8)
        for _ in 0..<Int.random(in: 1...3, using: &generator) {
            let position = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[position] = alphabet.randomElement(using: &generator) ?? 0
            case 1: bytes[position] ^= 1 << UInt8.random(in: 0...6, using: &generator)
            case 2: bytes.insert(alphabet.randomElement(using: &generator) ?? 0, at: position)
            case 3 where bytes.count > 1: bytes.remove(at: position)
            case 4: bytes.removeLast(min(bytes.count - 1, position))
            default: bytes.swapAt(position, Int.random(in: 0..<bytes.count, using: &generator))
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Claims with each claim present, absent or odd, and whether they hold on node bar at second 1000.
    private static func randomClaims(using generator: inout SeededGenerator) -> (claims: String, isValid: Bool) {
        let audiences: [(String?, Bool)] = [
            (#""bar""#, true), (#"["bar"]"#, true), (#"["x","bar"]"#, true), (#""baz""#, false), ("[]", false),
            (nil, false), ("[[\"bar\"]]", false),
        ]
        let expirations: [(String?, Bool)] = [
            ("1001", true), ("1000.5", true), ("1e12", true), ("1000", false), ("-1", false), (nil, false),
            (#""1001""#, false),
        ]
        let begins: [(String?, Bool)] = [
            (nil, true), (nil, true), ("1000", true), ("999.5", true), ("1000.5", false), ("[]", false),
        ]
        let choices = [
            ("aud", pick(audiences, using: &generator)), ("exp", pick(expirations, using: &generator)),
            ("nbf", pick(begins, using: &generator)),
        ].shuffled(using: &generator)
        let members = choices.compactMap { name, choice in choice.0.map { "\"\(name)\":\($0)" } }
        return ("{" + members.joined(separator: ",") + "}", choices.allSatisfy(\.1.1))
    }

    /// Takes the first, valid choices more often, or hardly any token were valid.
    private static func pick(
        _ choices: [(String?, Bool)],
        using generator: inout SeededGenerator
    ) -> (String?, Bool) {
        let valid = choices.filter(\.1)
        let candidates = Int.random(in: 0..<2, using: &generator) == 0 ? valid : choices
        return candidates.randomElement(using: &generator) ?? (nil, false)
    }

    private static func randomJSON(depth: Int, using generator: inout SeededGenerator) -> JSONValue {
        let names = ["alg", "typ", "crit", "aud", "exp", "nbf", "jwk", ""]
        let texts = ["RS512", "none", "bar", "\u{0}", "é\u{1F980}", String(repeating: "x", count: 300)]
        switch Int.random(in: 0..<(depth < 3 ? 9 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .integer(Int64.random(in: .min ... .max, using: &generator))
        case 3: return .number(Double(bitPattern: UInt64.random(in: 0 ... .max, using: &generator)))
        case 4: return .string(texts.randomElement(using: &generator) ?? "")
        case 5:
            return .array((0..<3).map { _ in randomJSON(depth: depth + 1, using: &generator) })
        default:
            return .object(
                JSONObject(
                    (0..<4).map { _ in
                        (names.randomElement(using: &generator) ?? "", randomJSON(depth: depth + 1, using: &generator))
                    }
                )
            )
        }
    }

    private func refusal(of token: String, now: Int64 = 1000) -> SignatureProblem? {
        do {
            try verifier.verify(token, now: now)
            return nil
        } catch {
            return error
        }
    }
}
