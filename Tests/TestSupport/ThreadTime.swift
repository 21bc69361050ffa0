import Glibc

/// The processor time of this thread, which others on a busy machine do not change.
public enum ThreadTime {
    /// All that it used so far.
    public static var seconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
