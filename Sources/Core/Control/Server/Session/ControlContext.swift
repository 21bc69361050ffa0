public import Logging
public import Workceptor

/// What all sessions of a node's control service share.
public struct ControlContext: Sendable {
    /// The units of work.
    public var workceptor: Workceptor
    /// Everything else that commands ask for.
    public var node: any ControlNode
    /// The program's version as `status` tells it.
    public var version: String
    /// Where sessions log.
    public var logger: Logger

    /// Creates one from its parts.
    public init(workceptor: Workceptor, node: any ControlNode, version: String, logger: Logger) {
        self.workceptor = workceptor
        self.node = node
        self.version = version
        self.logger = logger
    }
}
