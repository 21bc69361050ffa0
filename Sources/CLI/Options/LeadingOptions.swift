/// Gives the options before the command the names under which the parser knows them.
///
/// `-c` and `--tls-client` mean the control connection before the command, and something else, or nothing, after it.
/// The parser takes the options of the outermost command from anywhere on the line, so they need names of their own.
enum LeadingOptions {
    private static let renamed = ["-c": "--config", "--tls-client": "--control-tls-client"]
    private static let withValue: Set = [
        "--socket", "--config", "--control-tls-client", "--rootcas", "--key", "--cert", "--insecureskipverify",
    ]

    /// The arguments with those before the first word that is not an option renamed.
    static func normalized(_ arguments: [String]) -> [String] {
        var result: [String] = []
        var rest = arguments[...]
        while let argument = rest.first, argument.hasPrefix("-"), argument.count > 1, argument != "--" {
            rest = rest.dropFirst()
            let option = normalized(option: argument)
            result.append(option)
            if withValue.contains(option), let value = rest.popFirst() { result.append(value) }
        }
        return result + rest
    }

    private static func normalized(option: String) -> String {
        if let name = renamed[option] { return name }
        if option.hasPrefix("--tls-client=") { return "--control-" + option.dropFirst(2) }
        // A short option may be written in one with its value: -cFILE.
        if option.hasPrefix("-c") { return "--config=" + option.dropFirst(2).drop { $0 == "=" } }
        return option
    }
}
