internal import JSON
internal import Workceptor

/// A command of the control protocol, read from its line (control-protocol §2, §3). Pure.
enum ControlCommand: Sendable, Hashable {
    case status(fields: [String]?)
    case ping(target: String)
    case traceroute(target: String)
    case connect(node: String, service: String, tlsClient: String?)
    case reload
    case plugins
    case submit(SubmitRequest)
    case list(unit: String?, withTimes: Bool)
    case unitStatus(unit: String)
    case results(unit: String, startPosition: Int64, signature: String?)
    case cancel(unit: String, signature: String?)
    case release(unit: String, isForced: Bool, signature: String?)
}

/// Why a line is no command, in the words that clients match on.
struct ControlCommandError: Error, Hashable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
