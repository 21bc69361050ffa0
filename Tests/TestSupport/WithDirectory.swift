import LinuxSystem

/// Runs a body with the path of a directory that is not there yet, and is removed afterwards.
public func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = "/tmp/workceptor-tests-\(UInt64.random(in: 0 ... .max))"
    defer {
        // What the test found counts, not what it left.
        try? Files.removeTree(directory)
    }
    return try await body(directory)
}
