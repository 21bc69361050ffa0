internal import Configuration
internal import Signing
internal import Synchronization
internal import TimeFormats
internal import Workceptor

/// Signs requests to other nodes at the present time, with the key of `work-signing`.
///
/// Units hold it for as long as they last: a reload replaces the key in it.
final class NodeSigner: RequestSigner {
    private let signer: Mutex<Result<TokenSigner, SigningKeyProblem>>

    init(_ configuration: Configuration.WorkSigning) {
        do {
            let key = try RSAPrivateKey(contentsOfFile: configuration.privateKey)
            signer = Mutex(.success(TokenSigner(key: key, expiration: configuration.tokenExpiration)))
        } catch {
            signer = Mutex(.failure(error))
        }
    }

    /// Why the key cannot be used.
    var problem: SigningKeyProblem? {
        guard case .failure(let problem) = signer.withLock({ $0 }) else { return nil }
        return problem
    }

    /// Takes over the key of another one.
    func replace(with other: NodeSigner) {
        let new = other.signer.withLock { $0 }
        signer.withLock { $0 = new }
    }

    func check() throws { _ = try signer.withLock { $0 }.get() }

    func token(for node: String) throws -> String {
        try signer.withLock { $0 }.get().sign(audience: node, now: WallClock.now)
    }
}
