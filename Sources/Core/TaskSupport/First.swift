/// The value of whichever function ends first.
///
/// The others are cancelled, and must end soon then: this waits for them.
///
/// - Throws: what the first to end throws; `CancellationError` without functions.
public func first<Value: Sendable>(
    of bodies: @Sendable () async throws -> Value...
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value.self) { group in
        for body in bodies { group.addTask { try await body() } }
        defer { group.cancelAll() }
        guard let value = try await group.next() else { throw CancellationError() }
        return value
    }
}
