internal import CLinux
internal import Glibc
internal import RunnerProtocol

/// Forks a runner for each order that comes over standard input, which is a socket, until the daemon closes it.
struct Spawner {
    /// Serves until the daemon is gone; the result is the exit status.
    func run() -> Int32 {
        // Runners are nobody's to wait for: their pipes tell the daemon of their ends.
        for number in [SIGCHLD, SIGPIPE, SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
        while true {
            var descriptors: [Int32] = [-1, -1]
            let count = cl_receive_descriptors(0, &descriptors, 2)
            guard count > 0 else { return count == 0 ? 0 : 1 }
            if count == 2 {
                let runner = cl_fork()
                if runner == 0 { exit(becomeRunner(order: descriptors[0], report: descriptors[1])) }
                if runner < 0 { Supervisor.report("refused \(errno)", to: descriptors[1]) }
            }
            for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
        }
    }

    private func becomeRunner(order: Int32, report: Int32) -> Int32 {
        for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_DFL) }
        setsid()
        dup2(order, 0)
        close(order)
        guard let order = RunnerOrder(decoding: readAll(0)) else { return 64 }
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        dup2(null, 0)
        close(null)
        cl_set_title(CommandLine.unsafeArgv, CommandLine.argc, "workceptor-runner \(order.directory)")
        var supervisor = Supervisor(order: order, report: report)
        return supervisor.run()
    }
}
