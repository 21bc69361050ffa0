import LinuxSystem

/// Runs a body with the path of a directory that is not there yet, and is removed afterwards.
public func withDirectory<Value>(_ body: (String) async throws -> Value) async throws -> Value {
    let directory = "/tmp/workceptor-tests-\(UInt64.random(in: 0 ... .max))"
    defer {
        // The test has its result by now. That something of it still writes there, so that the directory cannot go, must
        // not take the place of an error that the body throws.
        try? Files.removeTree(directory)
    }
    return try await body(directory)
}
