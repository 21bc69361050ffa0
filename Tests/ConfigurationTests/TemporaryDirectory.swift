import Glibc
import Testing

/// A directory for one test.
struct TemporaryDirectory {
    let path: String

    /// Runs a test with a directory, which is gone afterwards.
    static func with(_ body: (TemporaryDirectory) throws -> Void) throws {
        var template = Array("/tmp/configuration-tests-XXXXXX".utf8CString)
        let path = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer { remove(path) }
        try body(TemporaryDirectory(path: path))
    }

    /// Writes a file.
    func write(_ text: String, to name: String, permissions: mode_t = 0o600) throws {
        let descriptor = open("\(path)/\(name)", O_WRONLY | O_CREAT | O_TRUNC, permissions)
        try #require(descriptor >= 0)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        #expect(Glibc.write(descriptor, bytes, bytes.count) == bytes.count)
    }

    /// Makes a directory.
    func makeDirectory(_ name: String) throws {
        try #require(mkdir("\(path)/\(name)", 0o700) == 0)
    }

    /// Removes the directory with its files and empty directories.
    private static func remove(_ path: String) {
        guard let stream = opendir(path) else { return }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { _ = Glibc.remove("\(path)/\(name)") }
        }
        closedir(stream)
        rmdir(path)
    }
}
