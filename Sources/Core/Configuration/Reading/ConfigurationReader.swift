internal import Workceptor

/// Turns the tree of a file into a configuration, whichever of the two layouts the file has.
struct ConfigurationReader {
    private(set) var configuration: Configuration
    /// The work types that cannot be used, for looking for further problems.
    private(set) var incompleteWorkCommands: [Configuration.WorkCommand] = []
    private let diagnostics: Diagnostics
    private var singles: [SectionName: SourcePosition] = [:]

    init(_ diagnostics: Diagnostics) {
        self.diagnostics = diagnostics
        configuration = Configuration(file: diagnostics.file)
    }

    /// Reads everything and reports every problem.
    mutating func read(_ root: YAMLNode) {
        switch root.content {
        case .map(let entries): sections(entries)
        case .list(let items): items.forEach { item($0) }
        case .scalar: reportNoSections(root)
        }
        if singles[.node] == nil {
            var map = MapReader(absent: SectionName.node.plural, diagnostics: diagnostics)
            configuration.node = Configuration.Node(&map)
        }
        checkProfiles()
        checkAddresses()
        checkWorkCommands()
    }

    private func reportNoSections(_ root: YAMLNode) {
        let problem = root.isNull ? "the file is empty" : "the file must be a map or a list of sections, not a value"
        diagnostics.report(
            ConfigurationProblem(problem, at: root.position, hint: "start with 'version: 2' and 'node:'")
        )
    }

    // MARK: Layout 2: a map of sections

    private mutating func sections(_ entries: [YAMLEntry]) {
        func identity(_ name: String) -> String {
            SectionName(spelled: name)?.plural ?? KeyName.normalised(name)
        }
        for entry in entries.unique(by: identity, duplicate: diagnostics.reportDuplicate(in: "the file")) {
            if KeyName.normalised(entry.key) == "version" {
                checkVersion(entry.value)
            } else if let name = SectionName(spelled: entry.key) {
                section(name, entry.value, at: entry.keyPosition)
            } else {
                reportUnknownSection(
                    entry.key,
                    at: entry.keyPosition,
                    among: SectionName.allCases.map(\.plural) + ["version"]
                )
            }
        }
    }

    private func checkVersion(_ node: YAMLNode) {
        guard node.text != "2" else { return }
        let context = ValueContext(key: "version", section: "the file", diagnostics: diagnostics)
        context.refuse(node, wanted: "2", hint: "a file of the older layout is a list and has no version")
    }

    /// Sections of Receptor, and of its older versions, that stand for what is not here.
    private static let foreignSections: Set<String> = [
        "workkubernetes", "workpython", "commandservice", "iprouter", "pyroscopeclient",
    ]

    private func reportUnknownSection(_ name: String, at position: SourcePosition, among names: [String]) {
        let plain = KeyName.normalised(name)
        guard Self.foreignSections.isDisjoint(with: [plain, String(plain.dropLast())]) else {
            diagnostics.report(
                ConfigurationProblem(
                    "the section \(Quotation.of(name)) is not supported",
                    at: position,
                    hint: "remove the section"
                )
            )
            return
        }
        diagnostics.report(
            ConfigurationProblem(
                "unknown section \(Quotation.of(name))",
                at: position,
                hint: NearestName.hint(name, among: names)
            )
        )
    }

    // MARK: Layout 1: a list of maps with one key each

    private mutating func item(_ node: YAMLNode) {
        switch node.content {
        case .map(let entries) where entries.count == 1:
            namedItem(entries[0].key, entries[0].value, at: entries[0].keyPosition)
        case .map(let entries) where entries.count > 1:
            diagnostics.report(
                ConfigurationProblem(
                    "this item has \(entries.count) keys, but an item of a list holds one section",
                    at: entries[1].keyPosition,
                    hint:
                        "indent the keys under \(Quotation.of(entries[0].key)), or start each section with its own '-'"
                )
            )
        case .scalar(let text, _) where !node.isNull:
            namedItem(text, YAMLNode(position: node.position, content: .scalar("", isPlain: true)), at: node.position)
        default:
            diagnostics.report(
                ConfigurationProblem(
                    "an item of the list must be a map with one section, not "
                        + (node.content == .map([]) ? "an empty map" : node.kind),
                    at: node.position
                )
            )
        }
    }

    private mutating func namedItem(_ key: String, _ value: YAMLNode, at position: SourcePosition) {
        if let name = SectionName(spelled: key) {
            section(name, value, at: position, isItem: true)
        } else if KeyName.normalised(key) == "version" {
            diagnostics.report(
                ConfigurationProblem(
                    "a list of sections has no version",
                    at: position,
                    hint: "remove it, or write the sections as a map without '-'"
                )
            )
        } else {
            reportUnknownSection(key, at: position, among: SectionName.allCases.map(\.singular))
        }
    }

    // MARK: Sections

    /// - Parameter isItem: whether the section is an item of layout 1, where nothing means one entry without keys.
    private mutating func section(
        _ name: SectionName,
        _ node: YAMLNode,
        at position: SourcePosition,
        isItem: Bool = false
    ) {
        guard !name.isSingle else { return singleSection(name, node, at: position) }
        if case .list(let nodes) = node.content {
            for node in nodes { entry(name, node, at: node.position) }
        } else if isItem || !node.isNull {
            entry(name, node, at: position)
        }
    }

    private mutating func singleSection(_ name: SectionName, _ node: YAMLNode, at position: SourcePosition) {
        if let first = singles.updateValue(position, forKey: name) {
            singles[name] = first
            diagnostics.report(
                ConfigurationProblem(
                    "\(name.plural) is given twice",
                    at: position,
                    hint: "the first is in line \(first.line)"
                )
            )
        } else {
            entry(name, node, at: position)
        }
    }

    private mutating func entry(_ name: SectionName, _ node: YAMLNode, at position: SourcePosition) {
        let feature = Configuration.Feature(section: name.plural, position: position)
        if name == .localOnly || name == .trace {
            guard let value = Configuration.Switch(node, section: name.plural, at: position, diagnostics: diagnostics)
            else {
                return
            }
            if name == .trace { configuration.trace = value } else { configuration.localOnly = value }
            configuration.features.append(feature)
            return
        }
        configuration.features.append(feature)
        guard !diagnostics.unread.contains(name.plural) else { return }
        guard
            var map = MapReader(
                node,
                section: name.plural,
                scalarKey: name.scalarKey,
                at: position,
                diagnostics: diagnostics
            )
        else { return }
        read(name, &map)
    }

    private mutating func read(_ name: SectionName, _ map: inout MapReader) {
        switch name {
        case .node: configuration.node = .init(&map)
        case .logLevel: configuration.logLevel = .init(&map)
        case .controlServices: configuration.controlServices.append(.init(&map))
        case .workCommands: workCommand(&map)
        case .workSigning: configuration.workSigning = .init(&map)
        case .workVerification: configuration.workVerification = .init(&map)
        case .tcpListeners: configuration.tcpListeners.append(.init(&map))
        case .tcpPeers: configuration.tcpPeers.append(.init(&map))
        case .wsListeners: configuration.wsListeners.append(.init(&map))
        case .wsPeers: configuration.wsPeers.append(.init(&map))
        case .udpListeners: configuration.udpListeners.append(.init(&map))
        case .udpPeers: configuration.udpPeers.append(.init(&map))
        case .tlsServers: configuration.tlsServers.append(.init(&map))
        case .tlsClients: configuration.tlsClients.append(.init(&map))
        case .tcpServers: configuration.tcpServers.append(.init(&map))
        case .tcpClients: configuration.tcpClients.append(.init(&map))
        case .udpServers: configuration.udpServers.append(.init(&map))
        case .udpClients: configuration.udpClients.append(.init(&map))
        case .unixSocketServers: configuration.unixSocketServers.append(.init(&map))
        case .unixSocketClients: configuration.unixSocketClients.append(.init(&map))
        case .certInit: configuration.certInit = .init(&map)
        case .certMakeReqs: configuration.certMakeReqs.append(.init(&map))
        case .certSignReqs: configuration.certSignReqs.append(.init(&map))
        case .localOnly, .trace: break
        }
    }

    private mutating func workCommand(_ map: inout MapReader) {
        let before = diagnostics.problemCount
        let command = Configuration.WorkCommand(&map, defaultPlugin: Configuration.WorkCommand.defaultPlugin)
        // What only its plugin understands can be looked at all the same.
        guard diagnostics.problemCount == before else { return incompleteWorkCommands.append(command) }
        configuration.workCommands.append(command)
    }

    // MARK: What takes the whole file to know

    /// Finds what cannot be listened at twice.
    private func checkAddresses() {
        let sockets = configuration.controlServices.compactMap { service in
            service.path.map { ($0, service.position) }
        }
        reportDuplicates(sockets, in: .controlServices)
        let tcp =
            configuration.controlServices.compactMap { service in
                service.tcpListen.map { ($0, service.position) }
            } + configuration.tcpListeners.map { (NetworkAddress(host: $0.bindAddress, port: $0.port), $0.position) }
        reportDuplicates(tcp.filter { $0.0.port != 0 }.map { ("\($0.0)", $0.1) }, "is listened at twice")
    }

    private func checkProfiles() {
        reportDuplicates(configuration.tlsServers.map { ($0.name, $0.position) }, in: .tlsServers)
        reportDuplicates(configuration.tlsClients.map { ($0.name, $0.position) }, in: .tlsClients)
        let servers = configuration.tlsServers.map(\.name)
        // Receptor has a client profile of this name with the settings that hold without any.
        let clients = configuration.tlsClients.map(\.name) + ["default"]
        checkReferences(to: servers, in: .server)
        checkReferences(to: clients, in: .client)
    }

    private func checkReferences(to names: [String], in role: TLSReference.Role) {
        guard !diagnostics.unread.contains(role.rawValue) else { return }
        let known = Set(names)
        for reference in diagnostics.references where reference.role == role && !known.contains(reference.name) {
            let name = Quotation.of(reference.name)
            diagnostics.report(
                ConfigurationProblem(
                    "\(reference.key) names \(name), which is not in \(role.rawValue)",
                    at: reference.position,
                    hint: NearestName.hint(reference.name, among: names)
                )
            )
        }
    }

    private func reportDuplicates(_ entries: [(name: String, position: SourcePosition?)], in section: SectionName) {
        reportDuplicates(entries, "is defined twice in \(section.plural)")
    }

    private func reportDuplicates(_ entries: [(name: String, position: SourcePosition?)], _ problem: String) {
        var firsts: [String: SourcePosition] = [:]
        for (name, position) in entries where !name.isEmpty {
            guard let position else { continue }
            guard let first = firsts[name] else {
                firsts[name] = position
                continue
            }
            diagnostics.report(
                ConfigurationProblem(
                    "\(Quotation.of(name, limit: 200)) \(problem)",
                    at: position,
                    hint: "the first is in line \(first.line)"
                )
            )
        }
    }

    /// Leaves the sound work types, each once.
    private mutating func checkWorkCommands() {
        let sorted = Configuration.sortedWorkCommands(
            configuration.workCommands,
            canVerify: singles[.workVerification] != nil
        )
        configuration.workCommands = sorted.sound
        incompleteWorkCommands += sorted.refused
        for problem in sorted.problems { diagnostics.report(problem) }
    }
}
