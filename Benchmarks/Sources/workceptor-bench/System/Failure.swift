internal import Glibc

/// Why something could not be measured, in one line.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// What a system call has just left in `errno`.
    static func system(_ what: String) -> Failure {
        let code = errno
        return Failure("\(what): \(String(cString: strerror(code)))")
    }
}
