internal import Workceptor

/// A place where a section names a TLS profile.
struct TLSReference {
    /// Which of the two lists of profiles is meant.
    enum Role: String {
        case server = "tls-servers"
        case client = "tls-clients"
    }

    /// The name of the profile.
    var name: String
    /// Which list it is to be in.
    var role: Role
    /// The key that names it.
    var key: String
    /// Where the name stands.
    var position: SourcePosition
}
