import Workceptor

@testable import Configuration

/// Reads texts as if they were the file `f.yml` on a machine that never changes.
enum Sample {
    /// A machine on which every file can be read but those below `/missing`, and with only the given directories.
    static func machine(named name: String? = "host.example", directories: Set<String> = []) -> HostEnvironment {
        HostEnvironment(
            hostName: { name },
            readingProblem: { $0.hasPrefix("/missing") ? "No such file or directory" : nil },
            isDirectory: { directories.contains($0) || ["/", ".", "/tmp"].contains($0) }
        )
    }

    static func draft(
        _ text: String,
        file: String = "f.yml",
        on machine: HostEnvironment = machine()
    ) -> ConfigurationDraft {
        Configuration.draft(Array(text.utf8), file: file, host: machine)
    }

    /// The configuration that a text is.
    static func configuration(
        _ text: String,
        file: String = "f.yml",
        on machine: HostEnvironment = machine()
    ) throws -> Configuration {
        try draft(text, file: file, on: machine).checked()
    }

    /// What is wrong with a text, a line each, as the operator sees it.
    static func problems(_ text: String, on machine: HostEnvironment = machine()) -> [String] {
        draft(text, on: machine).problems.map(\.description)
    }

    static func position(_ line: Int, _ column: Int, in file: String = "f.yml") -> SourcePosition {
        SourcePosition(file: file, line: line, column: column)
    }
}
