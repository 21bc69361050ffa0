internal import TimeFormats
public import Workceptor

/// The keys of a `work-commands` entry that are its plugin's own, laid over the defaults of drop-ins.
public struct YAMLSettings: SettingsSource, Equatable {
    /// The keys of every work type, which plugins do not see but operators misspell.
    static let commonKeys = ["worktype", "plugin", "allowruntimeparams", "verifysignature"]

    /// Where the entry stands.
    public var position: SourcePosition?
    /// The section, as messages call it.
    var section: String
    /// The keys, each once.
    private(set) var entries: [YAMLEntry]

    init(section: String, entries: [YAMLEntry], position: SourcePosition?) {
        self.section = section
        self.entries = entries
        self.position = position
    }

    /// The names of the keys that are set, in lower case and without `-` and `_`.
    public var keys: [String] { entries.map { KeyName.normalised($0.key) } }

    /// The same settings, with those that are absent taken from a drop-in's defaults.
    ///
    /// A key is taken whole: a map of the entry is not mixed with a map of the defaults.
    public func over(_ defaults: YAMLSettings) -> YAMLSettings {
        let own = Set(keys)
        var merged = self
        merged.entries += defaults.entries.filter { !own.contains(KeyName.normalised($0.key)) }
        return merged
    }

    /// The keys that a plugin does not take.
    ///
    /// - Parameter keys: the plugin's keys.
    /// - Returns: a problem for each, with the nearest key as a hint.
    public func unknownKeys(besides keys: [SettingKey]) -> [ConfigurationProblem] {
        let known = Set(keys.map { KeyName.normalised($0.name) })
        let names = keys.map(\.name) + Self.commonKeys
        return entries.filter { !known.contains(KeyName.normalised($0.key)) }.map { entry in
            ConfigurationProblem(
                "unknown key \(Quotation.of(entry.key)) in \(section)",
                at: entry.keyPosition,
                hint: NearestName.hint(entry.key, among: names)
            )
        }
    }

    /// The keys that a plugin has to have and that are absent or set to nothing.
    private func missingKeys(of keys: [SettingKey]) -> [ConfigurationProblem] {
        let set = Set(entries.filter { !$0.value.isNull }.map { KeyName.normalised($0.key) })
        return keys.filter { $0.isRequired && !set.contains(KeyName.normalised($0.name)) }.map { key in
            ConfigurationProblem("missing key '\(key.name)' in \(section)", at: position, hint: key.summary)
        }
    }

    /// Decodes the entry's own keys.
    ///
    /// Keys match coding keys without regard to case, `-` and `_`, but for dictionaries, which keep theirs. A lone
    /// value stands for a list of one, and `Duration` is read as in ``GoDuration``.
    ///
    /// - Throws: ``ConfigurationProblems``: every unknown key, every missing key, and the first value that the type
    ///   does not accept.
    public func settings<Settings: WorkTypeSettings>(
        _ type: Settings.Type
    ) throws(ConfigurationProblems) -> Settings {
        let missing = missingKeys(of: type.keys)
        var problems = unknownKeys(besides: type.keys) + missing
        let root = YAMLNode(
            position: position ?? SourcePosition(file: "", line: 0, column: 0),
            content: .map(entries)
        )
        do {
            let settings = try Settings(from: SettingsDecoder(node: root, section: section))
            if problems.isEmpty { return settings }
        } catch {
            // What is missing has been said, and in better words.
            if missing.isEmpty || !error.isMissingKey { problems += self.problems(for: error, in: root) }
        }
        throw ConfigurationProblems(problems.sortedByPosition())
    }

    private func problems(for error: any Error, in root: YAMLNode) -> [ConfigurationProblem] {
        switch error {
        case let problem as ConfigurationProblem: [placed(problem)]
        case let problems as ConfigurationProblems: problems.problems.map(placed)
        case let error as DecodingError: [problem(for: error, in: root)]
        default: [placed(ConfigurationProblem("\(error)"))]
        }
    }

    private func problem(for error: DecodingError, in root: YAMLNode) -> ConfigurationProblem {
        let (account, path) = error.account
        // What the standard library says about a wrong word has the word in it.
        let isTold = SettingsPath.isSecret(path) && SettingsPath.shares(account, with: path, in: root)
        let message = isTold ? "the value cannot be used" : account
        let subject = path.isEmpty ? section : "\(SettingsPath.text(path)) in \(section)"
        // Without a path, the entry as a whole is meant.
        let place = path.isEmpty ? position : SettingsPath.position(of: path, in: root)
        return ConfigurationProblem("\(subject): \(message)", at: place ?? position)
    }

    /// What a plugin says without a place is about the entry.
    private func placed(_ problem: ConfigurationProblem) -> ConfigurationProblem {
        var problem = problem
        problem.position = problem.position ?? position
        return problem
    }
}
