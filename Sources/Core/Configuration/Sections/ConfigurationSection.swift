internal import Workceptor

/// A section that knows where it stands.
protocol ConfigurationSection: Equatable {
    /// Where the section stands.
    var position: SourcePosition? { get set }
}

extension ConfigurationSection {
    /// The same section as if it stood nowhere, for comparing what is said and not where.
    var withoutPosition: Self {
        var copy = self
        copy.position = nil
        return copy
    }
}

extension Configuration.ControlService: ConfigurationSection {}
extension Configuration.WorkSigning: ConfigurationSection {}
extension Configuration.WorkVerification: ConfigurationSection {}
extension Configuration.TLSServer: ConfigurationSection {}
extension Configuration.TLSClient: ConfigurationSection {}
extension Configuration.TCPServer: ConfigurationSection {}
extension Configuration.TCPClient: ConfigurationSection {}
extension Configuration.UDPServer: ConfigurationSection {}
extension Configuration.UDPClient: ConfigurationSection {}
extension Configuration.UnixSocketServer: ConfigurationSection {}
extension Configuration.UnixSocketClient: ConfigurationSection {}
extension Configuration.CertInit: ConfigurationSection {}
extension Configuration.CertMakeReq: ConfigurationSection {}
extension Configuration.CertSignReq: ConfigurationSection {}
extension Configuration.Switch: ConfigurationSection {}
