internal import Glibc

/// The names of signals as Go, and so Receptor, writes them.
enum SignalName {
    private static let names: [Int32: String] = [
        SIGHUP: "hangup", SIGINT: "interrupt", SIGQUIT: "quit", SIGILL: "illegal instruction",
        SIGTRAP: "trace/breakpoint trap", SIGABRT: "aborted", SIGBUS: "bus error", SIGFPE: "floating point exception",
        SIGKILL: "killed", SIGUSR1: "user defined signal 1", SIGSEGV: "segmentation fault",
        SIGUSR2: "user defined signal 2", SIGPIPE: "broken pipe", SIGALRM: "alarm clock", SIGTERM: "terminated",
    ]

    /// The name of a signal, or `signal N`.
    static func of(_ number: Int32) -> String { names[number] ?? "signal \(number)" }
}
