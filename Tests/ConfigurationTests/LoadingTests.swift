import Glibc
import Testing
import Workceptor

@testable import Configuration

@Suite struct `Loading a file` {
    private func problem(_ path: String) -> String? {
        do {
            _ = try Configuration.load(path: path)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test func `reads it and finds the drop-ins beside it`() throws {
        try TemporaryDirectory.with { directory in
            try directory.write(Manual.foo, to: "foo.yml")
            try directory.makeDirectory("plugins.d")
            let foo = try Configuration.load(path: "\(directory.path)/foo.yml")
            #expect(foo.node.id == "foo" && foo.file == "\(directory.path)/foo.yml")
            #expect(foo.node.pluginsDirectory == "\(directory.path)/plugins.d")
            #expect(foo.node.position?.description == "\(directory.path)/foo.yml:3:1")
        }
    }

    @Test func `takes a socket in a folder of /run that a service that starts makes`() {
        #expect(Sample.problems("control-services: {filename: /run/node/s}") == [])
    }

    @Test func `refuses what is no file of a sensible size, in one line`() throws {
        try TemporaryDirectory.with { directory in
            let big = "\(directory.path)/big.yml"
            try directory.write(String(repeating: "#", count: Configuration.maximumFileSize + 1), to: "big.yml")
            #expect(problem(big) == "error: cannot read '\(big)': it has more than 4 MiB")
            #expect(problem(directory.path) == "error: cannot read '\(directory.path)': Is a directory")
            #expect(problem("/dev/zero") == "error: cannot read '/dev/zero': it is not a regular file")
            let pipe = "\(directory.path)/pipe.yml"
            #expect(mkfifo(pipe, 0o600) == 0)
            #expect(problem(pipe) == "error: cannot read '\(pipe)': it is not a regular file")
            let missing = "\(directory.path)/missing.yml"
            #expect(problem(missing) == "error: cannot read '\(missing)': No such file or directory")
        }
    }

    @Test func `checks that key files can be read`() throws {
        try TemporaryDirectory.with { directory in
            let key = "\(directory.path)/f.yml"
            try directory.write("tls-server: {name: a, key: \(key), cert: \(directory.path)}", to: "f.yml")
            let file = "\(directory.path)/f.yml"
            #expect(
                problem(file)
                    == "\(file):1:\(36 + key.utf8.count): error: cert in tls-servers cannot be read: '\(directory.path)': Is a directory"
            )
            try directory.write("tls-server: {name: a, key: \(key), cert: \(key)}", to: "f.yml")
            #expect(problem(file) == nil)
        }
    }

    @Test func `is not needed for a node that takes commands on a socket`() throws {
        let node = try Configuration.minimal(nodeID: "foo", socket: "/s", dataDirectory: "/d")
        #expect(node.node.id == "foo" && node.node.dataDirectory == "/d" && node.file == nil)
        #expect(node.controlServices == [.init(service: "control", path: "/s", permissions: 0o600)])
        #expect(throws: ConfigurationProblems.self) { try Configuration.minimal(nodeID: "a/b", socket: "/s") }
    }
}
