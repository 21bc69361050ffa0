public import Workceptor

extension Configuration {
    /// A type of work that the node does (`work-commands`).
    public struct WorkCommand: Sendable, Equatable {
        /// The name that requests know it by; unique among the types of a node.
        public var worktype: String
        /// The name of the plugin that does the work.
        public var plugin: String
        /// Whether a request may add parameters.
        public var allowRuntimeParams: Bool
        /// Whether a request has to be signed.
        public var verifySignature: Bool
        /// The keys that are the plugin's own, for the plugin to decode.
        public var settings: YAMLSettings
        /// Where the entry stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.WorkCommand {
    /// The plugin of an entry that names none, as in every file of Receptor.
    public static let defaultPlugin = "command"
    /// The type that stands for work on other nodes; no entry may take its name.
    static let reservedName = "remote"

    /// - Parameter defaultPlugin: the plugin of an entry that names none.
    init(_ map: inout MapReader, defaultPlugin: String) {
        worktype = map.required("worktype", .worktype) { NearestName.slip(for: "worktype", among: $0) }
        // A plugin that was refused is not the default one.
        plugin =
            map.isGiven("plugin") ? map.required("plugin", .name) : map.value("plugin", .name, default: defaultPlugin)
        allowRuntimeParams = map.value("allowruntimeparams", .flag, default: false)
        verifySignature = map.value("verifysignature", .flag, default: false)
        settings = YAMLSettings(section: map.section, entries: map.remainingEntries, position: map.position)
        position = map.position
    }

    /// The error that this entry asks for signatures which nothing can verify.
    var verificationProblem: ConfigurationProblem {
        ConfigurationProblem(
            "the work type \(Quotation.of(worktype)) has verifysignature, but there is no work-verification",
            at: position,
            hint: "add work-verification with the publickey of those who sign"
        )
    }

    /// The error that this entry takes a name which another one has.
    func duplicateProblem(of first: Self) -> ConfigurationProblem {
        ConfigurationProblem(
            "the work type \(Quotation.of(worktype)) is defined twice",
            at: position,
            hint: first.position.map { "the first is at \($0)" }
        )
    }
}

extension ValueKind where Value == String {
    /// The name of a work type.
    fileprivate static var worktype: ValueKind {
        name.checked { name, node, context in
            guard name == Configuration.WorkCommand.reservedName else { return true }
            context.report(
                "must not be '\(name)', which is built in",
                at: node.position,
                hint: "choose another name"
            )
            return false
        }
    }
}

extension NearestName {
    /// The key that may have been meant as another one, worded as a hint.
    fileprivate static func slip(for key: String, among entries: [YAMLEntry]) -> String? {
        entries.first { to($0.key, among: [key]) != nil }.map { entry in
            "is it \(Quotation.of(entry.key)) in line \(entry.keyPosition.line)?"
        }
    }
}
