import Foundation

/// A directory for one test, with a short path, since it holds sockets.
struct Scratch {
    let path: String

    init() throws {
        var template = Array("/tmp/wkc.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemFailure("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// A directory inside another.
    init(_ name: String, in parent: Scratch) throws {
        path = parent.file(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    /// Runs a body with a new directory, which is deleted afterwards unless the test failed.
    static func with<Result>(_ body: (Scratch) throws -> Result) throws -> Result {
        let scratch = try Scratch()
        do {
            let result = try body(scratch)
            scratch.finish()
            return result
        } catch {
            scratch.finish(afterError: true)
            throw error
        }
    }

    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file, in folders that are made for it, and returns its path.
    @discardableResult
    func write(_ name: String, _ text: String) throws -> String {
        let folder = URL(filePath: file(name)).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try text.write(toFile: file(name), atomically: false, encoding: .utf8)
        return file(name)
    }

    /// Ends its use.
    func finish(afterError: Bool = false) {
        guard !afterError, TestRecord.current?.hasFailed.value != true else {
            print("the test failed: its files are kept in \(path)")
            return
        }
        try? FileManager.default.removeItem(atPath: path)
    }
}
