import Glibc

/// Environment variables; one that is set to nothing counts as not set.
struct Environment {
    private let lookUp: (String) -> String?

    /// The variables of this process.
    static var process: Environment {
        Environment { name in getenv(name).map { String(cString: $0) } }
    }

    init(_ lookUp: @escaping (String) -> String?) { self.lookUp = lookUp }

    subscript(name: String) -> String? {
        lookUp(name).flatMap { $0.isEmpty ? nil : $0 }
    }
}
