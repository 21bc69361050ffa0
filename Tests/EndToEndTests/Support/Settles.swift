import Glibc

/// Whether a condition that nothing tells of becomes true within a bounded time.
func settles(_ seconds: Double = 10, _ condition: () throws -> Bool) rethrows -> Bool {
    let deadline = Deadline(in: seconds)
    while try !condition() {
        if deadline.isPast { return false }
        usleep(10_000)
    }
    return true
}
