internal import Glibc
internal import NIOCore
internal import NIOPosix

/// A socket that could not be opened, bound or connected, told in one line: why, in the system's words, and what to do.
/// The network library's own words are about itself.
public struct SocketError: Error, CustomStringConvertible {
    /// `address already in use: end the program that uses it, or choose another one`
    public let description: String

    /// What an operator reads of an error of the network library.
    public init(_ error: any Error) {
        let advice = Self.number(of: error).flatMap(Self.advice).map { ": \($0)" } ?? ""
        description = Self.reason(error) + advice
    }

    /// Why it failed, in short: `address already in use`, `connection refused`.
    public static func reason(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let problem = error.dnsAError ?? error.dnsAAAAError, error.connectionErrors.isEmpty {
                return "cannot find the address of \(error.host): \(reason(problem))"
            }
            let reasons = error.connectionErrors.map { reason($0.error) }
            return reasons.first.map { first in
                reasons.allSatisfy { $0 == first } ? first : reasons.joined(separator: "; ")
            } ?? "no address of \(error.host) can be reached"
        case let error as IOError: return text(of: error.errnoCode)
        case let error as ChannelError: return reason(error)
        case let error as SocketAddressError: return reason(error)
        case let error as SocketAddressError.UnknownHost: return "cannot find the address of \(error.host)"
        default: return "\(error)"
        }
    }

    private static func reason(_ error: ChannelError) -> String {
        switch error {
        case .connectTimeout: "no answer in time"
        case .ioOnClosedChannel, .alreadyClosed, .eof, .inputClosed, .outputClosed: "the connection is closed"
        case .unknownLocalAddress: "the address is unknown"
        default: "the socket cannot be used"
        }
    }

    private static func reason(_ error: SocketAddressError) -> String {
        switch error {
        case .unknown(let host, _): "cannot find the address of \(host)"
        case .unixDomainSocketPathTooLong: "the path is too long: it may have 107 bytes"
        case .failedToParseIPString(let text): "\(text) is no IP address"
        case .unsupported: "an address of this kind cannot be used"
        }
    }

    /// The C library's words, as they are written within a line: `address already in use`.
    private static func text(of number: CInt) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        // Unlike strerror, this one may be used on any thread.
        guard strerror_r(number, &buffer, buffer.count - 1) == 0 else { return "system error \(number)" }
        let text = buffer.withUnsafeBytes { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let second = text.dropFirst().first
        // Not the first letter of an abbreviation.
        return second?.isLowercase == true ? text.prefix(1).lowercased() + text.dropFirst() : text
    }

    private static func number(of error: any Error) -> CInt? {
        switch error {
        case let error as IOError: error.errnoCode
        case let error as NIOConnectionError: error.connectionErrors.first.flatMap { number(of: $0.error) }
        default: nil
        }
    }

    private static func advice(_ number: CInt) -> String? {
        switch number {
        case EADDRINUSE: "end the program that uses it, or choose another one"
        case EADDRNOTAVAIL: "choose an address of this machine"
        case EACCES, EPERM: "ports below 1024 and other users' folders need more rights: choose another one"
        case EAFNOSUPPORT: "this machine does not have this kind of address: choose another one"
        case EMFILE, ENFILE: "allow more open files"
        case ENOENT, ENOTDIR: "create the folder first"
        case EROFS: "choose a folder that can be written"
        default: nil
        }
    }
}
