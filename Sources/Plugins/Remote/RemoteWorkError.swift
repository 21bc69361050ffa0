/// Why a remote unit cannot go on, in words for its detail.
struct RemoteWorkError: Error, Hashable, CustomStringConvertible {
    /// What is wrong and what to change.
    let description: String

    init(_ description: String) { self.description = description }

    /// That there is no key to sign with.
    static let noSigner =
        "this node has no work-signing key: add work-signing to its configuration, or submit without signwork"
}
