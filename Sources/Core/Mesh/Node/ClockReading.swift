internal import Glibc
internal import Netceptor
internal import QUIC

/// One reading of the clocks, for everything that happens in one turn of the event loop.
struct ClockReading {
    /// The monotonic clock, which the mesh and the streams count in. It goes on while the machine sleeps, as the peers'
    /// clocks do.
    let nanoseconds: UInt64
    private let unixNanoseconds: Int64

    /// The present moment.
    static var now: ClockReading {
        ClockReading(nanoseconds: UInt64(read(CLOCK_BOOTTIME)), unixNanoseconds: read(CLOCK_REALTIME))
    }

    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    /// For the mesh's state.
    var mesh: MeshTime { MeshTime(instant: instant, unixNanoseconds: unixNanoseconds) }

    /// For the mesh's deadlines.
    var instant: MeshInstant { MeshInstant(offset: .nanoseconds(Int64(clamping: nanoseconds))) }

    /// For QUIC.
    var quic: QUICInstant { QUICInstant(nanoseconds: nanoseconds) }
}
