import Glibc

/// Something that a test awaited did not come in time.
struct TimedOut: Error, CustomStringConvertible {
    let awaited: String
    var description: String { "timed out: \(awaited)" }
}

/// Something that a test needs to go on did not hold.
struct Unexpected: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// A system call that failed in a test's own preparations.
struct SystemFailure: Error, CustomStringConvertible {
    let call: String
    let number = errno
    var description: String { "\(call): \(String(cString: strerror(number)))" }
    init(_ call: String) { self.call = call }
}
