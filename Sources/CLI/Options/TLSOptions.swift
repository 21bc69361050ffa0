import ArgumentParser

/// The options for TLS control connections: known so that command lines written for receptorctl are understood.
/// They change nothing until such connections are supported; a tls:// address says so.
struct TLSOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            Configuration file that holds the TLS client. -c is understood before the command. \
            (environment: RECEPTORCTL_CONFIG)
            """,
            valueName: "file"
        ),
        completion: .file()
    )
    var config: String?

    @Option(
        name: .customLong("control-tls-client"),
        help: ArgumentHelp(
            """
            Name of the TLS client in the configuration; before the command also --tls-client. \
            (environment: RECEPTORCTL_TLSCLIENT)
            """,
            valueName: "name"
        )
    )
    var controlTLSClient: String?

    @Option(help: ArgumentHelp("Certificate authorities to trust.", valueName: "file"), completion: .file())
    var rootcas: String?

    @Option(help: ArgumentHelp("Private key of the client.", valueName: "file"), completion: .file())
    var key: String?

    @Option(help: ArgumentHelp("Certificate of the client.", valueName: "file"), completion: .file())
    var cert: String?

    @Option(help: ArgumentHelp("Whether to accept any certificate of the server.", valueName: "boolean"))
    var insecureskipverify: String?
}
