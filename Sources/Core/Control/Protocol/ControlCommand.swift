/// A command of the control protocol, read from its line and written as one (control-protocol §2, §3). Pure.
public enum ControlCommand: Sendable, Hashable {
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
