import ControlClient
import Glibc
import Synchronization

/// Signals as something that can be waited for along with everything else: a handler writes each to a pipe.
///
/// There is one for the process; from the first use on, the signals it was made for no longer end the process.
struct SignalPipe: Sendable {
    private let readEnd: CInt

    /// Ends waits when a signal has come.
    var interruption: Interruption { Interruption(descriptor: readEnd) }

    /// Catches these signals, except those that whoever started us has set to be ignored, as `nohup` does.
    static func catching(_ signals: CInt...) throws -> SignalPipe {
        var ends: [CInt] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw CommandFailure("Cannot make a pipe: \(String(cString: strerror(errno)))")
        }
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        signalPipeWriteEnd.store(ends[1], ordering: .sequentiallyConsistent)
        for signal in signals { catchSignal(signal) }
        return SignalPipe(readEnd: ends[0])
    }

    /// Takes the signals that have come, oldest first.
    func take() -> [CInt] {
        let bytes = [UInt8](unsafeUninitializedCapacity: 64) { space, count in
            count = max(0, read(readEnd, space.baseAddress, space.count))
        }
        return bytes.map(CInt.init)
    }

    private static func catchSignal(_ number: CInt) {
        var present = sigaction()
        _ = sigaction(number, nil, &present)
        guard unsafeBitCast(present.__sigaction_handler.sa_handler, to: Int.self) != 1 else { return }
        var action = sigaction()
        // Without SA_RESTART: a write that blocks is to come back, so that the signal is noticed.
        action.__sigaction_handler.sa_handler = { number in
            let error = errno
            var byte = UInt8(truncatingIfNeeded: number)
            _ = write(signalPipeWriteEnd.load(ordering: .relaxed), &byte, 1)
            errno = error
        }
        _ = sigaction(number, &action, nil)
    }
}

/// Where the handler writes: it can be given nothing but what is global.
private let signalPipeWriteEnd = Atomic<CInt>(-1)
