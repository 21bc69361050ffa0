import Glibc
import Testing

@testable import workceptorctl

@Suite struct `A pair of files` {
    private let directory: String

    init() throws {
        var template = Array("/tmp/new-file-XXXXXX".utf8CString)
        directory = try #require(mkdtemp(&template).map { String(cString: $0) })
    }

    private func withFiles(_ body: (NewFile, NewFile) throws -> Void) throws {
        let files = (NewFile(directory + "/a", mode: 0o600), NewFile(directory + "/b", mode: 0o644))
        defer {
            unlink(files.0.path)
            unlink(files.1.path)
            // Fails, and with it the next run of this check, if a temporary file was left behind.
            #expect(rmdir(directory) == 0)
        }
        try body(files.0, files.1)
    }

    private func content(_ file: NewFile) throws -> String {
        try UnitParameters.parse(options: ["x=@" + file.path], words: []).map(\.value).joined()
    }

    @Test func `is written with the modes that are asked for`() throws {
        try withFiles { a, b in
            try NewFile.write([(a, "private"), (b, "public")], replacing: false)
            #expect(try content(a) == "private" && content(b) == "public")
            var entry = stat()
            #expect(stat(a.path, &entry) == 0 && entry.st_mode & 0o7777 == 0o600)
            #expect(stat(b.path, &entry) == 0 && entry.st_mode & 0o7777 == 0o644)
        }
    }

    @Test func `is not written over one that exists, not even half of it`() throws {
        try withFiles { a, b in
            try NewFile.write([(b, "old")], replacing: false)
            #expect(throws: CommandFailure("\(b.path) exists already: use --force to replace it")) {
                try NewFile.write([(a, "private"), (b, "public")], replacing: false)
            }
            #expect(try content(b) == "old" && access(a.path, F_OK) != 0)
        }
    }

    @Test func `replaces what exists when that is wanted`() throws {
        try withFiles { a, b in
            try NewFile.write([(b, "old")], replacing: false)
            try NewFile.write([(a, "private"), (b, "public")], replacing: true)
            #expect(try content(b) == "public")
        }
    }
}
