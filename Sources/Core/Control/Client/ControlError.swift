/// Why a conversation with a control service failed.
///
/// The description is one line for an operator: what is wrong and, where it is known, what to change.
public struct ControlError: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of failure it is. New kinds may be added: always have a default case.
    public struct Code: Hashable, Sendable {
        private enum Kind {
            case refused, invalidAddress, unsupported, unreachable, timedOut, connectionLost, protocolViolation
            case interrupted, outputClosed, inputFailed, outputFailed
        }

        private let kind: Kind

        /// The node answered `ERROR: …`; the message is what it said.
        public static let refused = Code(kind: .refused)
        /// The address has a form that is not known.
        public static let invalidAddress = Code(kind: .invalidAddress)
        /// The address asks for something this client cannot do.
        public static let unsupported = Code(kind: .unsupported)
        /// No connection could be made.
        public static let unreachable = Code(kind: .unreachable)
        /// The other side took too long.
        public static let timedOut = Code(kind: .timedOut)
        /// The connection ended where it should not have.
        public static let connectionLost = Code(kind: .connectionLost)
        /// What came over the connection is not the control protocol.
        public static let protocolViolation = Code(kind: .protocolViolation)
        /// The caller's ``Interruption`` ended a wait; the operation can be taken up again where that is documented.
        public static let interrupted = Code(kind: .interrupted)
        /// Nobody reads the output any more.
        public static let outputClosed = Code(kind: .outputClosed)
        /// The payload or the terminal could not be read.
        public static let inputFailed = Code(kind: .inputFailed)
        /// The output could not be written.
        public static let outputFailed = Code(kind: .outputFailed)
    }

    /// What kind of failure it is.
    public let code: Code
    /// One line for an operator.
    public let message: String

    /// The message.
    public var description: String { message }

    /// An error of that kind.
    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
