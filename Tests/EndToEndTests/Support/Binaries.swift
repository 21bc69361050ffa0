import Foundation

/// The programs under test.
enum Binaries {
    /// Where they are: `WORKCEPTOR_BIN_DIR`, or the build directory that this test program is in.
    static let folder: String = {
        if let given = ProcessInfo.processInfo.environment["WORKCEPTOR_BIN_DIR"] { return given }
        let places =
            ["/proc/self/exe"] + CommandLine.arguments.filter { $0.contains(".xctest") } + [
                "\(repository)/.build/debug/x"
            ]
        let folders = places.map {
            URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().path(percentEncoded: false)
        }
        let found = folders.first { FileManager.default.isExecutableFile(atPath: "\($0)/workceptor") }
        return found ?? "no-build-directory-found"
    }()

    static let daemon = "\(folder)/workceptor"
    static let client = "\(folder)/workceptorctl"
    static let runner = "\(folder)/workceptor-runner"

    /// The root of the repository.
    static let repository = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .path(percentEncoded: false).trimmingSuffix("/")

    /// A file of `Fixtures`.
    static func fixture(_ name: String) -> String { "\(repository)/Tests/EndToEndTests/Fixtures/\(name)" }
}

extension String {
    func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
