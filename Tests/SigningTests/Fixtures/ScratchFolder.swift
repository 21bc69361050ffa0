import Glibc

/// A folder for one test, removed with all its files when the test is over.
struct ScratchFolder {
    let path: String

    /// Runs a body with a new folder.
    static func with<Result>(_ body: (ScratchFolder) throws -> Result) throws -> Result {
        var template = Array("/tmp/signing-tests.XXXXXX".utf8CString)
        guard let name = mkdtemp(&template) else { throw SystemFailure(call: "mkdtemp", number: errno) }
        let folder = ScratchFolder(path: String(cString: name))
        defer { folder.remove() }
        return try body(folder)
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { path + "/" + name }

    /// Writes a file and returns its path.
    func write(_ name: String, _ content: some Collection<UInt8>) throws -> String {
        let path = file(name)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SystemFailure(call: "open", number: errno) }
        defer { close(descriptor) }
        let bytes = Array(content)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
            throw SystemFailure(call: "write", number: errno)
        }
        return path
    }

    private func remove() {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            unlink(file(name))
        }
        closedir(folder)
        rmdir(path)
    }
}

/// A system call that failed in a test's own preparations.
struct SystemFailure: Error {
    let call: String
    let number: CInt
}
