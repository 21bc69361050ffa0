internal import CLinux
internal import Glibc
internal import RunnerProtocol

/// Starts the command, waits for its end, and passes a cancel request on to everything it started.
struct Supervisor {
    let order: RunnerOrder
    /// Open for as long as this process lives: its end tells the daemon of the runner's.
    private let pipe: Int32
    private let me: ProcessStamp
    private let bootID: String
    private var output: Int32 = -1

    init(order: RunnerOrder, report pipe: Int32, me: ProcessStamp, bootID: String) {
        self.order = order
        self.pipe = pipe
        self.me = me
        self.bootID = bootID
    }

    /// Runs to the end of the work; the result is the runner's own exit status.
    mutating func run() -> Int32 {
        var signals = Self.blockSignals()
        // What the command leaves behind when it forks and exits becomes this process's child, so a cancel finds it.
        cl_set_child_subreaper()

        let claim = RunnerRecord(runner: me, bootID: bootID, graceMilliseconds: order.graceMilliseconds).claim
        guard var record = Record(directory: order.directory, claim: claim, isDurable: order.isDurable) else {
            report("refused \(errno)")
            return 1
        }
        var started: pid_t = 0
        let failure = start(&started)
        guard failure == 0 else {
            record.append(.unstartable(failure))
            report("unstartable \(failure)")
            return 0
        }
        report("started \(started) \(me.pid) \(me.startTime)")
        if let command = ProcessTable.stamp(of: started) { record.append(RunnerRecord.commandLine(command)) }
        if let file = FileID(descriptor: output) { record.append(RunnerRecord.outputLine(file)) }
        let end = wait(for: started, signals: &signals, record: &record)
        let (size, isFull) = closeOutput()
        record.append(end, stdoutSize: size, diskFull: isFull)
        return 0
    }

    /// Signals are taken one at a time with sigtimedwait: no handlers, no descriptors.
    private static func blockSignals() -> sigset_t {
        var signals = sigset_t()
        sigemptyset(&signals)
        for signal in [SIGTERM, SIGINT, SIGHUP, SIGCHLD] { sigaddset(&signals, signal) }
        sigprocmask(SIG_BLOCK, &signals, nil)
        return signals
    }

    /// Starts the command on the unit's files; the result is 0 or the `errno` of what failed.
    private mutating func start(_ pid: inout pid_t) -> Int32 {
        let input = Self.openRegular(order.directory + "/stdin", O_RDONLY)
        guard input >= 0 else { return errno }
        defer { close(input) }
        output = Self.openRegular(order.directory + "/stdout", O_WRONLY | O_CREAT | O_APPEND)
        return output < 0 ? errno : spawn(input: input, pid: &pid)
    }

    /// Opens one of the unit's files, which must be an ordinary one: a pipe would block for ever, and a symbolic link may
    /// lead anywhere. -1, with `errno`, where it is none.
    private static func openRegular(_ path: String, _ flags: Int32) -> Int32 {
        let file = open(path, flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
        guard file >= 0 else { return -1 }
        var info = stat()
        // The command gets the files as they always are.
        if fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG, fcntl(file, F_SETFL, flags & O_APPEND) == 0 {
            return file
        }
        close(file)
        errno = EINVAL
        return -1
    }

    /// Lets go of the output before the daemon can hear of the end: a unit that is released then frees its space at
    /// once.
    private func closeOutput() -> (size: Int64, isDiskFull: Bool) {
        // A disk that has promised more than it holds says so only now.
        let isUnkept = order.isDurable && fdatasync(output) != 0 && (errno == ENOSPC || errno == EDQUOT)
        var size = stat()
        fstat(output, &size)
        let isFull = isUnkept || isDiskFull()
        close(output)
        return (Int64(size.st_size), isFull)
    }

    private func spawn(input: Int32, pid: inout pid_t) -> Int32 {
        setenv(RunnerOrder.unitVariable, order.directory, 1)
        var arguments: [UnsafeMutablePointer<CChar>?] = order.arguments.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        return arguments.withUnsafeBufferPointer { argv in
            guard let program = argv.first ?? nil else { return EINVAL }
            var options = cl_spawn_options()
            options.path = UnsafePointer(program)
            options.argv = argv.baseAddress
            options.fds = (input, output, output)
            options.new_session = false
            // The command must not go on unsupervised when the runner itself is killed.
            options.parent_death_signal = SIGKILL
            options.nofile_soft = order.openFilesLimit
            return cl_spawn(&options, &pid)
        }
    }

    /// Waits until the command has ended and, after a cancel request, until everything it started is gone.
    private func wait(for command: pid_t, signals: inout sigset_t, record: inout Record) -> RunnerRecord.End {
        var supervision = Supervision(graceMilliseconds: order.graceMilliseconds, endsAll: order.endsAll)
        while true {
            let (commandEnd, isAlone) = reap(command)
            var actions = supervision.reaped(commandEnd: commandEnd, isAlone: isAlone, now: now())
            actions += supervision.tick(now: now())
            if let end = perform(actions, on: command, &record) { return end }
            let signal = nextSignal(&signals, until: supervision.deadline)
            guard signal == SIGTERM || signal == SIGINT else { continue }
            // A request that came with the command's end came first: what is reaped next is what it did.
            if let end = perform(supervision.cancel(now: now()), on: command, &record) { return end }
        }
    }

    /// Does what was decided; the end of the work, if that was part of it.
    private func perform(
        _ actions: [Supervision.Action],
        on command: pid_t,
        _ record: inout Record
    ) -> RunnerRecord.End? {
        for action in actions {
            switch action {
            case .recordCancel:
                record.append(RunnerRecord.cancelLine)
            case .terminate:
                signalEverything(SIGTERM, group: command)
                kill(-command, SIGCONT)
            case .kill:
                signalEverything(SIGKILL, group: command)
            case .finish(let end):
                return end
            }
        }
        return nil
    }

    /// Takes all that have ended out of the process table.
    private func reap(_ command: pid_t) -> (commandEnd: RunnerRecord.End?, isAlone: Bool) {
        var end: RunnerRecord.End?
        while true {
            var status: Int32 = 0
            // allowed(reaping): all children are the work's, also those that it left behind, and nobody else waits here
            let reaped = waitpid(-1, &status, WNOHANG)
            if reaped == command { end = Self.end(status) }
            if reaped <= 0 { return (end, reaped < 0 && errno == ECHILD) }
        }
    }

    private static func end(_ status: Int32) -> RunnerRecord.End {
        cl_wifsignaled(status) ? .signaled(cl_wtermsig(status)) : .exited(cl_wexitstatus(status))
    }

    /// The next signal, or 0 when the time (monotonic milliseconds) has come.
    private func nextSignal(_ signals: inout sigset_t, until deadline: Int64?) -> Int32 {
        guard let deadline else {
            let signal = sigwaitinfo(&signals, nil)
            return max(0, signal)
        }
        let left = max(0, deadline - now())
        var time = timespec(tv_sec: Int(left / 1000), tv_nsec: Int(left % 1000) * 1_000_000)
        return max(0, sigtimedwait(&signals, nil, &time))
    }

    /// Signals the command's process group and every descendant that left it.
    private func signalEverything(_ signal: Int32, group: pid_t) {
        kill(-group, signal)
        for pid in ProcessTable.descendants(of: getpid()) where getpgid(pid) != group { kill(pid, signal) }
    }

    private func now() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }

    /// Whether less is left than one usual write of a program: others on the disk give back a page or two at any time.
    private func isDiskFull() -> Bool {
        var disk = statvfs()
        guard fstatvfs(output, &disk) == 0 else { return false }
        return disk.f_bavail < 65_536 / max(disk.f_frsize, 1) || disk.f_bavail == 0
    }

    /// Tells the daemon, if it still listens.
    private func report(_ line: String) { Self.report(line, to: pipe) }

    /// Writes the one line of a report: `started PID RUNNER STARTTIME`, `unstartable ERRNO` or `refused ERRNO`.
    static func report(_ line: String, to pipe: Int32) {
        var line = line + "\n"
        _ = line.withUTF8 { write(pipe, $0.baseAddress, $0.count) }
    }
}
