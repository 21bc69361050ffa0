public import LinuxSystem

/// The other nodes, as far as work on them is concerned. The core and its plugins know no more of the mesh than this.
public protocol WorkMesh: Sendable {
    /// Opens a stream to a service of a node (mesh-protocol §4).
    ///
    /// - Parameter tlsClient: the name of the TLS client configuration; `nil` for none.
    /// - Throws: ``WorkMeshError``, or `CancellationError`.
    func connect(to node: String, service: String, tlsClient: String?) async throws -> any WorkStream

    /// Whether a route leads to a node.
    func reaches(_ node: String) -> Bool

    /// At which version of the routes a node came into reach, the last time; `nil` when no route leads to it.
    func routeBegan(to node: String) -> UInt64?

    /// A number that grows with each change of the routes.
    var routesVersion: UInt64 { get }

    /// Waits until routes are others than at that version, or the task is cancelled.
    func routesChanged(since version: UInt64) async
}

/// A reliable stream of bytes to a service of another node. One task at a time may read, and one may write.
public protocol WorkStream: Sendable {
    /// Waits for the next bytes.
    ///
    /// - Returns: `nil` when the other side has ended its direction.
    /// - Throws: ``WorkMeshError`` when the stream broke, `CancellationError` when the task is cancelled.
    func read() async throws -> (any WorkBytes)?

    /// Sends bytes; returns when the stream has taken them, which is what slows a fast sender down.
    func write(_ text: String) async throws

    /// Sends a part of a file.
    ///
    /// - Throws: also `SystemError`, when the file cannot be read.
    func send(_ file: Descriptor, from position: Int64, count: Int64) async throws

    /// Ends this side's direction behind everything that was sent; reading goes on.
    func finish() async throws

    /// Gives the stream up, in any state; at once.
    func close()
}

/// Bytes that came over a ``WorkStream``.
public protocol WorkBytes: Sendable {
    /// How many there are; at least one.
    var count: Int { get }

    /// Calls a closure with them.
    func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result
}

/// Why a node could not be spoken to.
public struct WorkMeshError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of error it is; further kinds may come without breaking anyone.
    public struct Code: Sendable, Hashable {
        private enum Kind { case unreachable, broken, security, invalid }
        private let kind: Kind

        /// There is no route, or nobody answers: it may work later.
        public static let unreachable = Code(kind: .unreachable)
        /// The stream broke: it may work again.
        public static let broken = Code(kind: .broken)
        /// TLS refuses the other side, or it refuses us: it will not work before somebody changes something.
        public static let security = Code(kind: .security)
        /// The request cannot be right: no such TLS configuration, no valid node ID.
        public static let invalid = Code(kind: .invalid)
    }

    /// The kind of error.
    public var code: Code
    /// What is wrong, in one line.
    public var description: String

    /// An error of that kind.
    public init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Signs requests to other nodes (control-protocol §5).
public protocol RequestSigner: Sendable {
    /// Returns when there is a key that can sign.
    ///
    /// - Throws: why there is none, in words that contain nothing of the key.
    func check() throws

    /// A token that a node accepts from now on for as long as the configuration says.
    ///
    /// - Throws: why it cannot be made, in words that contain nothing of the key.
    func token(for node: String) throws -> String
}

extension RequestSigner {
    /// A signer that does not say otherwise can sign.
    public func check() throws {}
}
