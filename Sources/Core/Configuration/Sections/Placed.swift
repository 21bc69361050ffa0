internal import Workceptor

/// A section that knows where it stands.
protocol Placed: Equatable {
    /// Where the section stands.
    var position: SourcePosition? { get set }
}

extension Placed {
    /// The same section as if it stood nowhere, for comparing what is said and not where.
    var withoutPosition: Self {
        var copy = self
        copy.position = nil
        return copy
    }
}

extension Configuration.ControlService: Placed {}
extension Configuration.WorkSigning: Placed {}
extension Configuration.WorkVerification: Placed {}
extension Configuration.TLSServer: Placed {}
extension Configuration.TLSClient: Placed {}
extension Configuration.TCPServer: Placed {}
extension Configuration.TCPClient: Placed {}
extension Configuration.UDPServer: Placed {}
extension Configuration.UDPClient: Placed {}
extension Configuration.UnixSocketServer: Placed {}
extension Configuration.UnixSocketClient: Placed {}
extension Configuration.CertInit: Placed {}
extension Configuration.CertMakeReq: Placed {}
extension Configuration.CertSignReq: Placed {}
extension Configuration.Switch: Placed {}
