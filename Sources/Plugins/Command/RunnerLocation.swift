internal import LinuxSystem

/// Where the runner's executable is.
enum RunnerLocation {
    static let name = "workceptor-runner"

    struct NotFound: Error, CustomStringConvertible {
        var places: [String]
        var description: String {
            "\(name) is missing: looked for it at \(places.joined(separator: ", ")); set WORKCEPTOR_RUNNER to its path"
        }
    }

    /// Finds it through `WORKCEPTOR_RUNNER`, beside the daemon, or in `../libexec/workceptor`.
    static func find() throws(NotFound) -> String {
        var places: [String] = []
        if let path = Machine.environment("WORKCEPTOR_RUNNER") {
            places.append(path)
        } else if let executable = Machine.executablePath, let slash = executable.lastIndex(of: "/") {
            let folder = executable[..<slash]
            places = ["\(folder)/\(name)", "\(folder)/../libexec/workceptor/\(name)"]
        }
        guard let found = places.first(where: Files.isExecutable) else { throw NotFound(places: places) }
        return found
    }
}
