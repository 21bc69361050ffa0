extension SignatureProblem {
    /// A text that is not a token.
    static func malformed(_ detail: String) -> SignatureProblem {
        SignatureProblem(.malformed, "the signature is not a JSON web token, \(detail): sign with --signwork")
    }
}
