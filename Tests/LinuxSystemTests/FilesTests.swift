import Glibc
import LinuxSystem
import TestSupport
import Testing

@Suite struct `Whole files` {
    @Test func `are replaced as a whole, and nothing is left when that fails`() async throws {
        try await withDirectory { directory in
            try Files.makeDirectories("\(directory)/a/b")
            try Files.replace("\(directory)/a/f", with: [1])
            try Files.replace("\(directory)/a/f", with: [2, 3])
            #expect(try Files.read("\(directory)/a/f", limit: 10) == [2, 3])
            // A directory cannot be replaced by a file.
            #expect(throws: SystemError.self) { try Files.replace("\(directory)/a/b", with: [1]) }
            #expect(Set(try Files.names(in: "\(directory)/a")) == ["f", "b"])
            #expect(throws: SystemError.self) { try Files.read("\(directory)/a/f", limit: 1) }
        }
    }

    @Test func `behind symbolic links are not deleted with a tree`() async throws {
        try await withDirectory { directory in
            try Files.makeDirectories("\(directory)/tree")
            try Files.createEmpty("\(directory)/kept")
            try #require(symlink("\(directory)", "\(directory)/tree/link") == 0)
            try Files.removeTree("\(directory)/tree")
            #expect(Files.exists("\(directory)/kept") && !Files.exists("\(directory)/tree"))
        }
    }
}
