public import Workceptor

extension Configuration {
    /// Reads the files of a directory of drop-ins, those that end in `.yml` or `.yaml`, in the order of their names.
    ///
    /// - Parameter directory: its path; hidden files in it are skipped.
    /// - Returns: for each file what it says, or what is wrong with it; a directory that cannot be read is one
    ///   failure.
    public static func loadDropIns(directory: String) -> [Result<DropIn, ConfigurationProblems>] {
        loadDropIns(directory: directory, host: .machine)
    }

    static func loadDropIns(
        directory: String,
        host: HostEnvironment
    ) -> [Result<DropIn, ConfigurationProblems>] {
        do {
            return try FileSystem.visibleNames(in: directory)
                .filter { $0.hasSuffix(".yml") || $0.hasSuffix(".yaml") }
                .map { FileSystem.path($0, from: directory) }
                .map { path in
                    Result { () throws(ConfigurationProblems) in try dropIn(path, host: host) }
                }
        } catch {
            let path = Quotation.of(directory, limit: 1000)
            return [.failure(ConfigurationProblems([ConfigurationProblem("cannot read \(path): \(error.reason)")]))]
        }
    }

    private static func dropIn(
        _ path: String,
        host: HostEnvironment
    ) throws(ConfigurationProblems) -> DropIn {
        let text: [UInt8]
        do throws(ConfigurationProblem) {
            text = try dropInBytes(of: path)
        } catch {
            throw ConfigurationProblems([error])
        }
        return try DropInReader.read(text, file: path, host: host)
    }

    private static func dropInBytes(of path: String) throws(ConfigurationProblem) -> [UInt8] {
        // Anything else could keep the daemon waiting for ever.
        guard FileSystem.isRegularFile(path) else {
            throw ConfigurationProblem("cannot read \(Quotation.of(path, limit: 1000)): it is not a regular file")
        }
        return try bytes(of: path)
    }

    /// The configuration with what drop-ins add to it.
    ///
    /// The work types of drop-ins come after the file's own. A plugin's defaults are laid under all work types of that
    /// plugin; of several drop-ins for one plugin the later one's defaults hold.
    ///
    /// - Parameter dropIns: in the order of their names.
    /// - Returns: the configuration without the work types that clash or cannot be verified, and a problem for each.
    public func merging(_ dropIns: [DropIn]) -> ConfigurationDraft {
        ConfigurationDraft(configuration: self, problems: []).merging(dropIns)
    }
}

extension ConfigurationDraft {
    /// The draft with what drop-ins add to it, as ``Configuration/merging(_:)`` does; its problems are the new ones.
    public func merging(_ dropIns: [DropIn]) -> ConfigurationDraft {
        let sorted = Configuration.sortedWorkCommands(
            configuration.workCommands + dropIns.flatMap(\.workCommands),
            // One that was refused is not missing.
            canVerify: configuration.features.contains { $0.section == SectionName.workVerification.plural }
                || configuration.workVerification != nil
        )
        var defaults: [String: [YAMLSettings]] = [:]
        for dropIn in dropIns.reversed() { defaults[dropIn.plugin, default: []].append(dropIn.defaults) }
        func completed(_ commands: [Configuration.WorkCommand]) -> [Configuration.WorkCommand] {
            commands.map { command in
                var command = command
                for defaults in defaults[command.plugin] ?? [] {
                    command.settings = command.settings.over(defaults)
                }
                return command
            }
        }
        var merged = configuration
        merged.workCommands = completed(sorted.sound)
        return ConfigurationDraft(
            configuration: merged,
            incompleteWorkCommands: completed(incompleteWorkCommands + sorted.refused),
            problems: sorted.problems
        )
    }
}
