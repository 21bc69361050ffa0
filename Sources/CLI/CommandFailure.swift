import Glibc

/// Why a command fails, and with which exit code.
struct CommandFailure: Error, Equatable {
    /// The exit code of a process.
    struct Code: RawRepresentable, Hashable {
        let rawValue: CInt

        /// Something went wrong.
        static let general = Code(rawValue: 1)
        /// A node did not answer a ping.
        static let pingFailed = Code(rawValue: 2)
        /// Work could not be submitted; the number is receptorctl's.
        static let submitFailed = Code(rawValue: 101)

        /// What a shell reports for a process that a signal ended.
        static func signal(_ number: CInt) -> Code { Code(rawValue: 128 + number) }
    }

    /// What to say, `nil` when all is said already.
    let message: String?
    let exitCode: Code

    init(_ message: String?, exitCode: Code = .general) {
        self.message = message
        self.exitCode = exitCode
    }
}
