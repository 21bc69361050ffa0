import Foundation

/// Runs a body on so many threads at once and collects what each returns, in order.
func concurrently<Result: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Result) -> [Result] {
    let results = Locked<[Int: Result]>([:])
    let group = DispatchGroup()
    for number in 0..<count {
        group.enter()
        let thread = Thread {
            let result = body(number)
            results.update { $0[number] = result }
            group.leave()
        }
        thread.start()
    }
    group.wait()
    return results.value.sorted { $0.key < $1.key }.map(\.value)
}
