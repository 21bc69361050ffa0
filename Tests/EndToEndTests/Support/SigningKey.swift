import Foundation

/// A signing key that the `openssl` command made, and tokens that it signed: nothing of the product's code.
struct SigningKey {
    /// Whether the command is there.
    static let isAvailable: Bool = {
        let isThere = (try? Program.run("openssl", ["version"]))?.end == .exited(0)
        if !isThere { print("tests with signatures are skipped: the openssl command is missing") }
        return isThere
    }()

    let privatePath: String
    let publicPath: String
    private let scratch: Scratch

    init(_ name: String, in scratch: Scratch) throws {
        self.scratch = scratch
        privatePath = scratch.file("\(name).private.pem")
        publicPath = scratch.file("\(name).public.pem")
        try Self.openssl(["genrsa", "-out", privatePath, "2048"])
        try Self.openssl(["rsa", "-in", privatePath, "-pubout", "-out", publicPath])
    }

    /// Makes a token.
    ///
    /// - Parameter lifetime: seconds from now to its expiration.
    func token(
        audience: String = #"["foo"]"#,
        lifetime: Int = 300,
        header: String = #"{"alg":"RS512","typ":"JWT"}"#
    ) throws -> String {
        let expiration = Int(Date().timeIntervalSince1970) + lifetime
        let claims = #"{"aud":\#(audience),"exp":\#(expiration)}"#
        let signed = "\(Self.base64URL(Data(header.utf8))).\(Self.base64URL(Data(claims.utf8)))"
        try scratch.write("signed", signed)
        try Self.openssl([
            "dgst", "-sha512", "-sign", privatePath, "-out", scratch.file("signature"), scratch.file("signed"),
        ])
        return "\(signed).\(Self.base64URL(try Data(contentsOf: URL(filePath: scratch.file("signature")))))"
    }

    /// A token whose "signature" is made with the public key as if it were a shared secret.
    func tokenWithSharedSecret(audience: String = #"["foo"]"#) throws -> String {
        let expiration = Int(Date().timeIntervalSince1970) + 300
        let claims = #"{"aud":\#(audience),"exp":\#(expiration)}"#
        let signed =
            "\(Self.base64URL(Data(#"{"alg":"HS512","typ":"JWT"}"#.utf8))).\(Self.base64URL(Data(claims.utf8)))"
        try scratch.write("signed", signed)
        let secret = try Data(contentsOf: URL(filePath: publicPath)).map { String($0, radix: 16).leftPadded(2) }
            .joined()
        try Self.openssl([
            "dgst", "-sha512", "-mac", "HMAC", "-macopt", "hexkey:\(secret)", "-binary", "-out",
            scratch.file("signature"),
            scratch.file("signed"),
        ])
        return "\(signed).\(Self.base64URL(try Data(contentsOf: URL(filePath: scratch.file("signature")))))"
    }

    static func base64URL(_ data: Data) -> String {
        data.base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    private static func openssl(_ arguments: [String]) throws {
        let result = try Program.run("openssl", arguments)
        guard result.end == .exited(0) else { throw Unexpected("openssl \(arguments[0]): \(result.errors)") }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String { String(repeating: "0", count: max(0, width - count)) + self }
}
