internal import Configuration
internal import LinuxSystem
internal import Signing
internal import TimeFormats
internal import Workceptor

/// A configuration that has been checked in every respect: what a node is to be.
struct NodePlan: Sendable {
    /// Where a configuration comes from.
    enum Source: Sendable {
        case file(String)
        case minimal(nodeID: String?, socket: String, dataDirectory: String?, dropIns: String?)
    }

    let configuration: Configuration
    let registry: WorkTypeRegistry
    let verifier: (any SignatureVerifier)?
    /// Signs requests to other nodes.
    let signer: (any RequestSigner)?
    let mesh: MeshPlan
    /// What is wrong with drop-ins, which are skipped then.
    let warnings: [ConfigurationProblem]

    /// Reads and checks a configuration with its drop-ins.
    ///
    /// - Parameter strict: whether a broken drop-in is an error.
    /// - Throws: all problems in one go.
    init(_ source: Source, strict: Bool) throws(ConfigurationProblems) {
        var draft = try Self.draft(source)
        var dropInProblems: [ConfigurationProblem] = []
        if let directory = draft.configuration.node.pluginsDirectory {
            var dropIns: [DropIn] = []
            for result in Configuration.loadDropIns(directory: directory) {
                switch result {
                case .success(let dropIn): dropIns.append(dropIn)
                case .failure(let failure): dropInProblems += failure.problems
                }
            }
            let file = draft.configuration.file
            let merged = draft.configuration.merging(dropIns)
            draft.configuration = merged.configuration
            for problem in merged.problems where !draft.problems.contains(problem) {
                if problem.position?.file == file {
                    draft.problems.append(problem)
                } else {
                    dropInProblems.append(problem)
                }
            }
            dropInProblems += Self.unknownPlugins(dropIns)
        }
        var problems = draft.problems
        var registry = WorkTypeRegistry(plugins: builtInPlugins)
        for command in draft.configuration.workCommands {
            do {
                try registry.add(command.registryEntry)
            } catch  where command.position?.file == draft.configuration.file {
                problems += error.problems
            } catch {
                dropInProblems += error.problems
            }
        }
        problems += UnsupportedFeatures.find(in: draft.configuration)
        var verifier: (any SignatureVerifier)?
        do { verifier = try Self.verifier(draft.configuration) } catch { problems.append(error) }
        var signer: (any RequestSigner)?
        do { signer = try Self.signer(draft.configuration) } catch { problems.append(error) }
        var mesh: MeshPlan?
        if problems.isEmpty { do { mesh = try MeshPlan(draft.configuration) } catch { problems += error.problems } }
        if strict { problems += dropInProblems }
        guard problems.isEmpty, let mesh else { throw ConfigurationProblems(problems.sorted { $0.isBefore($1) }) }
        configuration = draft.configuration
        self.registry = registry
        self.verifier = verifier
        self.signer = signer
        self.mesh = mesh
        warnings = dropInProblems
    }

    private static func draft(_ source: Source) throws(ConfigurationProblems) -> ConfigurationDraft {
        switch source {
        case .file(let path):
            return Configuration.draft(path: path)
        case .minimal(let nodeID, let socket, let dataDirectory, let dropIns):
            var configuration = try Configuration.minimal(
                nodeID: nodeID,
                socket: socket,
                dataDirectory: dataDirectory ?? Configuration.Node.defaultDataDirectory
            )
            configuration.node.pluginsDirectory = dropIns
            return configuration.merging([])
        }
    }

    private static func unknownPlugins(_ dropIns: [DropIn]) -> [ConfigurationProblem] {
        let names = builtInPlugins.map(\.name)
        return dropIns.filter { !names.contains($0.plugin) }.map { dropIn in
            ConfigurationProblem(
                "unknown plugin '\(dropIn.plugin)'",
                at: dropIn.position,
                hint: "plugins here: \(names.joined(separator: ", "))"
            )
        }
    }

    /// Reads the key that requests to other nodes are signed with, so that a bad one shows at the start.
    private static func signer(_ configuration: Configuration) throws(ConfigurationProblem) -> (any RequestSigner)? {
        guard let signing = configuration.workSigning else { return nil }
        do {
            let key = try RSAPrivateKey(contentsOfFile: signing.privateKey)
            return ClockedSigner(signer: TokenSigner(key: key, expiration: signing.tokenExpiration))
        } catch {
            throw ConfigurationProblem("work-signing: \(error)", at: signing.position)
        }
    }

    /// Reads the key that requests are verified with.
    private static func verifier(_ configuration: Configuration) throws(ConfigurationProblem) -> (
        any SignatureVerifier
    )? {
        guard let verification = configuration.workVerification else { return nil }
        do {
            let key = try RSAPublicKey(contentsOfFile: verification.publicKey)
            return ClockedVerifier(verifier: TokenVerifier(key: key, audience: configuration.node.id))
        } catch {
            throw ConfigurationProblem("work-verification: \(error)", at: verification.position)
        }
    }
}

/// Verifies tokens at the present time.
private struct ClockedVerifier: SignatureVerifier {
    let verifier: TokenVerifier

    func verify(token: String) throws { try verifier.verify(token, now: WallClock.now) }
}

/// Signs requests at the present time.
private struct ClockedSigner: RequestSigner {
    let signer: TokenSigner

    func token(for node: String) throws -> String { try signer.sign(audience: node, now: WallClock.now) }
}

extension Configuration.WorkCommand {
    fileprivate var registryEntry: WorkTypeRegistry.Entry {
        WorkTypeRegistry.Entry(
            name: worktype,
            plugin: plugin,
            policy: WorkPolicy(allowsRuntimeParameters: allowRuntimeParams, verifiesSignature: verifySignature),
            settings: settings
        )
    }
}

extension ConfigurationProblem {
    fileprivate func isBefore(_ other: ConfigurationProblem) -> Bool {
        guard let mine = position, let its = other.position, mine.file == its.file else { return false }
        return (mine.line, mine.column) < (its.line, its.column)
    }
}
