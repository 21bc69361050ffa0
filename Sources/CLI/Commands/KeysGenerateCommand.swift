import ArgumentParser
import Signing

/// `keys generate`
struct KeysGenerateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate",
        abstract: "Make a pair of keys for signed work.",
        discussion: """
            Writes a new RSA key pair: the private key for nodes that submit work, the public key for nodes that \
            verify it. A file that exists is not touched unless --force is given, and neither file ever holds half \
            a key. No control socket is needed.

            EXAMPLES
              workceptorctl keys generate
              workceptorctl keys generate --private sign.pem --public verify.pem

            On nodes that submit:        On nodes that verify:
              work-signing:                work-verification:
                privatekey: FILE             publickey: FILE
            """
    )

    @Option(
        name: .customLong("private"),
        help: ArgumentHelp("Where to write the private key, with mode 0600.", valueName: "file"),
        completion: .file()
    )
    var privateFile = "signworkprivate.pem"

    @Option(
        name: .customLong("public"),
        help: ArgumentHelp("Where to write the public key.", valueName: "file"),
        completion: .file()
    )
    var publicFile = "signworkpublic.pem"

    @Option(help: ArgumentHelp("Size of the key, 2048 to 16384.", valueName: "number"))
    var bits = 2048

    @Flag(help: "Replace files that exist.")
    var force = false

    func validate() throws {
        guard (2048...16384).contains(bits) else { throw ValidationError("--bits must be from 2048 to 16384") }
        guard privateFile != publicFile else {
            throw ValidationError("--private and --public must be different files")
        }
    }

    func run() throws {
        let files = [NewFile(privateFile, mode: 0o600), NewFile(publicFile, mode: 0o644)]
        // Looked at first, because making a key takes a while.
        if !force { for file in files { try file.checkAbsence() } }
        let pair = try RSAKeyPair.generate(bits: bits)
        try NewFile.write(Array(zip(files, [pair.privatePEM, pair.publicPEM])), replacing: force)
        try Console.print("Private key: \(privateFile)")
        try Console.print("Public key:  \(publicFile)")
    }
}
