internal import LinuxSystem

/// The value of a function if it has one within a time; else it is cancelled.
///
/// - Throws: what the function throws; `late` when it was too slow; `CancellationError`.
func withTimeLimit<Value: Sendable>(
    _ time: Duration,
    orThrow late: any Error,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await pause(for: time)
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else { throw late }
        return value
    }
}
