/// What a configuration file says, checked and with its defaults filled in.
public struct Configuration: Sendable, Equatable {
    /// The file's name as the operator gave it; `nil` for a configuration without a file.
    public var file: String?
    /// The node itself.
    public var node = Node(
        id: "",
        dataDirectory: Node.defaultDataDirectory,
        firewallRules: [],
        maxIdleConnectionTimeout: Node.defaultMaxIdleConnectionTimeout
    )
    /// How much is logged.
    public var logLevel = LogLevel(level: .error)
    /// Where the node takes commands.
    public var controlServices: [ControlService] = []
    /// The types of work that the node does.
    public var workCommands: [WorkCommand] = []
    /// How requests for other nodes are signed; `nil` if they are not.
    public var workSigning: WorkSigning?
    /// How signed requests are verified; `nil` if they cannot be.
    public var workVerification: WorkVerification?
    /// The TCP ports that other nodes link to.
    public var tcpListeners: [TCPListener] = []
    /// The nodes to link to over TCP.
    public var tcpPeers: [TCPPeer] = []
    /// The WebSockets that other nodes link to.
    public var wsListeners: [WSListener] = []
    /// The nodes to link to over WebSocket.
    public var wsPeers: [WSPeer] = []
    /// The UDP ports that other nodes link to.
    public var udpListeners: [UDPListener] = []
    /// The nodes to link to over UDP.
    public var udpPeers: [UDPPeer] = []
    /// The TLS profiles for connections that come in.
    public var tlsServers: [TLSServer] = []
    /// The TLS profiles for connections that go out.
    public var tlsClients: [TLSClient] = []
    /// The TCP ports that lead to services in the mesh.
    public var tcpServers: [TCPServer] = []
    /// The services in the mesh that lead to TCP ports.
    public var tcpClients: [TCPClient] = []
    /// The UDP ports that lead to services in the mesh.
    public var udpServers: [UDPServer] = []
    /// The services in the mesh that lead to UDP ports.
    public var udpClients: [UDPClient] = []
    /// The Unix sockets that lead to services in the mesh.
    public var unixSocketServers: [UnixSocketServer] = []
    /// The services in the mesh that lead to Unix sockets.
    public var unixSocketClients: [UnixSocketClient] = []
    /// The certificate authority to make.
    public var certInit: CertInit?
    /// The requests for certificates to make.
    public var certMakeReqs: [CertMakeReq] = []
    /// The requests for certificates to sign.
    public var certSignReqs: [CertSignReq] = []
    /// Set when the node is to run without links.
    public var localOnly: Switch?
    /// Set when every message of the mesh is to be logged.
    public var trace: Switch?
    /// Every section entry of the file, in its order: a daemon that cannot do one of them knows where it stands.
    public var features: [Feature] = []

    init(file: String?) { self.file = file }
}
