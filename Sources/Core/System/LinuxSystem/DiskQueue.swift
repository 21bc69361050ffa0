internal import Dispatch

/// Runs blocking file operations away from the threads that run everything else.
///
/// Work is dealt out to a few lanes by a key; work with one key runs in order, one piece at a time. A slow disk so
/// holds up at most its own lane, and never the control service.
public final class DiskQueue: Sendable {
    private let lanes: [DispatchQueue]

    /// - Parameter lanes: how many pieces of work may block at once.
    public init(lanes: Int = 4) {
        self.lanes = (0..<max(1, lanes)).map { DispatchQueue(label: "workceptor.disk.\($0)") }
    }

    /// Runs a piece of work on the lane of the key.
    public func run<Value: Sendable, Failure: Error>(
        for key: some Hashable, _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let lane = lanes[Int(UInt(bitPattern: key.hashValue) % UInt(lanes.count))]
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
            lane.async {
                do throws(Failure) {
                    continuation.resume(returning: .success(try work()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
        }
        return try result.get()
    }
}
