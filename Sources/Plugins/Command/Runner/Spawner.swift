internal import CLinux
internal import Glibc
internal import RunnerProtocol

/// Keeps one runner ready that waits for an order, until the daemon closes the socket on standard input.
///
/// The runner that is ready takes the order from the socket itself, so a unit does not wait for a fork; the spawner
/// hears of it and forks the next one.
struct Spawner {
    private let bootID = ProcessTable.bootID()

    /// Serves until the daemon is gone; the result is the exit status.
    func run() -> Int32 {
        // Runners are nobody's to wait for: their pipes tell the daemon of their ends.
        for number in [SIGCHLD, SIGPIPE, SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_IGN) }
        while true {
            var taken: [Int32] = [-1, -1]
            guard cl_pipe_cloexec(&taken) == 0 else { return 1 }
            let runner = cl_fork()
            if runner == 0 {
                close(taken[0])
                exit(becomeRunner(taken: taken[1]))
            }
            let failure = errno
            close(taken[1])
            let goesOn = runner > 0 ? isByteRead(from: taken[0]) : refuseOrder(failure)
            close(taken[0])
            if !goesOn { return 0 }
        }
    }

    /// Waits until the runner has taken an order; `false` when it ended without, since the daemon is gone.
    private func isByteRead(from pipe: Int32) -> Bool {
        var byte: UInt8 = 0
        while true {
            let count = read(pipe, &byte, 1)
            if count < 0 && errno == EINTR { continue }
            return count == 1
        }
    }

    /// Answers an order for which no process can be had; `false` when the daemon is gone.
    private func refuseOrder(_ code: Int32) -> Bool {
        var descriptors: [Int32] = [-1, -1]
        let count = cl_receive_descriptors(0, &descriptors, 2)
        if count == 2 { Supervisor.report("refused \(code)", to: descriptors[1]) }
        for descriptor in descriptors where descriptor >= 0 { close(descriptor) }
        return count > 0
    }

    private func becomeRunner(taken: Int32) -> Int32 {
        // All that can be done before there is an order is done before.
        for number in [SIGCHLD, SIGTERM, SIGINT, SIGHUP] { signal(number, SIG_DFL) }
        setsid()
        let null = open("/dev/null", O_RDWR | O_CLOEXEC)
        let me = ProcessTable.stamp(of: getpid())
        var descriptors: [Int32] = [-1, -1]
        guard cl_receive_descriptors(0, &descriptors, 2) == 2 else { return 0 }
        var byte: UInt8 = 1
        write(taken, &byte, 1)
        close(taken)
        dup2(descriptors[0], 0)
        close(descriptors[0])
        let order = RunnerOrder(decoding: readAll(0))
        dup2(null, 0)
        close(null)
        guard let order, let me else { return 64 }
        cl_set_title(CommandLine.unsafeArgv, CommandLine.argc, "workceptor-runner \(order.directory)")
        var supervisor = Supervisor(order: order, report: descriptors[1], me: me, bootID: bootID)
        return supervisor.run()
    }
}
