/// The value of a function if it has one within a time; else the function is cancelled.
///
/// The function must end soon when it is cancelled: this waits for it.
///
/// - Throws: what the function throws; `late` when it was too slow; `CancellationError`.
public func withDeadline<Value: Sendable>(
    after time: Duration,
    orThrow late: any Error,
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await first(
        of: body,
        {
            try await pause(for: time)
            throw late
        }
    )
}
