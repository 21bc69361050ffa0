internal import Glibc
internal import NIOCore
internal import NIOPosix

/// What an operator reads of an attempt to connect that failed.
enum ConnectFailure {
    /// One short text; the network library's own words are about itself.
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let problem = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
                return "cannot find the address of \(error.host): \(text(problem))"
            }
            let reasons = error.connectionErrors.map { text($0.error) }
            return reasons.first.map { first in
                reasons.allSatisfy { $0 == first } ? first : reasons.joined(separator: "; ")
            } ?? "no address of \(error.host) can be reached"
        case let error as IOError: return String(cString: strerror(error.errnoCode))
        case let error as ChannelError:
            if case .connectTimeout = error { return "no answer in time" }
            return "\(error)"
        default: return "\(error)"
        }
    }
}
