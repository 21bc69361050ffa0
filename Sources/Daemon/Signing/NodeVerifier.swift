internal import Configuration
internal import Signing
internal import TimeFormats
internal import Workceptor

/// Verifies tokens at the present time, with the key of `work-verification`.
///
/// With a key that cannot be used it refuses all of them: a node does not become open because a file is broken.
struct NodeVerifier: SignatureVerifier {
    private let verifier: Result<TokenVerifier, SigningKeyProblem>

    init(_ configuration: Configuration.WorkVerification, nodeID: String) {
        do {
            let key = try RSAPublicKey(contentsOfFile: configuration.publicKey)
            verifier = .success(TokenVerifier(key: key, audience: nodeID))
        } catch {
            verifier = .failure(error)
        }
    }

    /// Why the key cannot be used.
    var problem: SigningKeyProblem? {
        guard case .failure(let problem) = verifier else { return nil }
        return problem
    }

    func verify(token: String) throws { try verifier.get().verify(token, now: WallClock.now) }
}
