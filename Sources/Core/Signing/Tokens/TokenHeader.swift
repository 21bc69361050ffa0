import JSON

/// The header of a token (RFC 7515 §4), of which only the algorithm matters: keys that it names or brings along are
/// never looked at.
struct TokenHeader {
    /// The one algorithm there is here: RSASSA-PKCS1-v1_5 with SHA-512.
    static let algorithm = "RS512"

    /// What a signer writes, encoded.
    static let encoded = Base64URL.encode(#"{"alg":"RS512","typ":"JWT"}"#.utf8)

    /// The longest encoded header that is read, in bytes; the usual one has 36.
    static let maximumSize = 1024

    /// Checks an encoded header.
    static func check(_ encoded: some Collection<UInt8>) throws(SignatureProblem) {
        guard encoded.count <= maximumSize, let bytes = Base64URL.decode(encoded),
            let header = try? JSONValue(parsing: bytes, maximumDepth: 8).object
        else { throw .malformed("its header cannot be read") }
        guard let name = header["alg"]?.string else { throw .malformed("its header names no algorithm (alg)") }
        guard name == algorithm else {
            throw SignatureProblem(.algorithm, "algorithm \(Quoted(name)) is not accepted: only \(algorithm) is")
        }
        // RFC 7515 §4.1.11: extensions listed there must be understood, or the token refused; none is understood.
        guard header["crit"] == nil else {
            throw SignatureProblem(.algorithm, "the token's header demands extensions (crit): none is supported")
        }
    }
}
