import Foundation

/// Where a unit's command waits until the test lets it go on: a named pipe that the command reads.
struct Gate {
    /// What a shell command does to wait: `read -r _ < SCRATCH/gate`.
    let path: String

    init(_ name: String = "gate", in scratch: Scratch) throws {
        path = scratch.file(name)
        guard mkfifo(path, 0o600) == 0 else { throw SystemFailure("mkfifo") }
    }

    /// Lets one command go on; waits until it is there.
    func open(_ seconds: Double = patience) throws {
        let deadline = Deadline(in: seconds)
        while true {
            let file = Foundation.open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
            if file >= 0 {
                defer { close(file) }
                guard write(file, "\n", 1) == 1 else { throw SystemFailure("write") }
                return
            }
            // There is no event for "somebody opened the other end" other than the opening itself, which cannot be
            // given a time-out.
            guard errno == ENXIO, !deadline.isPast else { throw TimedOut(awaited: "a reader of \(path)") }
            usleep(2_000)
        }
    }
}
