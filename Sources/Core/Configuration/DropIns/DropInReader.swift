internal import Workceptor

/// Turns the text of a drop-in into what it says.
enum DropInReader {
    private static let section = "the drop-in"

    /// - Throws: everything that is wrong with the text.
    static func read(
        _ text: [UInt8],
        file: String,
        host: HostEnvironment
    ) throws(ConfigurationProblems) -> DropIn {
        let root: YAMLNode
        do {
            root = try YAMLComposer.compose(text, file: file)
        } catch {
            throw ConfigurationProblems([error])
        }
        let diagnostics = Diagnostics(file: file, host: host)
        let dropIn = read(root, diagnostics)
        guard let dropIn, !diagnostics.hasProblems else { throw ConfigurationProblems(diagnostics.sortedProblems) }
        return dropIn
    }

    private static func read(_ root: YAMLNode, _ diagnostics: Diagnostics) -> DropIn? {
        guard var map = MapReader(root, section: section, at: root.position, diagnostics: diagnostics) else {
            return nil
        }
        let plugin = map.required("plugin", .name)
        let defaults = defaults(map.take("defaults"), diagnostics)
        let commands = workCommands(&map, defaultPlugin: plugin)
        map.finish()
        return DropIn(
            file: diagnostics.file,
            plugin: plugin,
            defaults: defaults,
            workCommands: commands,
            position: root.position
        )
    }

    private static func defaults(_ entry: YAMLEntry?, _ diagnostics: Diagnostics) -> YAMLSettings {
        let section = "defaults"
        guard let entry,
            let map = MapReader(entry.value, section: section, at: entry.keyPosition, diagnostics: diagnostics)
        else { return YAMLSettings(section: section, entries: [], position: nil) }
        for entry in map.remainingEntries where YAMLSettings.commonKeys.contains(KeyName.normalised(entry.key)) {
            diagnostics.report(
                ConfigurationProblem(
                    "\(Quotation.of(entry.key)) cannot have a default",
                    at: entry.keyPosition,
                    hint: "set it in the entries of work-commands"
                )
            )
        }
        return YAMLSettings(section: section, entries: map.remainingEntries, position: entry.keyPosition)
    }

    private static func workCommands(_ map: inout MapReader, defaultPlugin: String) -> [Configuration.WorkCommand] {
        let name = SectionName.workCommands
        let plural = map.take(KeyName.normalised(name.plural))
        let singular = map.take(KeyName.normalised(name.singular))
        if let plural, let singular {
            let entries = [plural, singular].sorted { $0.keyPosition.line < $1.keyPosition.line }
            map.diagnostics.reportDuplicate(in: section)(entries[1], entries[0])
        }
        guard let entry = plural ?? singular else { return [] }
        return nodes(entry).compactMap { node, position in
            guard var map = MapReader(node, section: name.plural, at: position, diagnostics: map.diagnostics) else {
                return nil
            }
            return Configuration.WorkCommand(&map, defaultPlugin: defaultPlugin)
        }
    }

    private static func nodes(_ entry: YAMLEntry) -> [(YAMLNode, SourcePosition)] {
        guard case .list(let nodes) = entry.value.content else { return [(entry.value, entry.keyPosition)] }
        return nodes.map { ($0, $0.position) }
    }
}
