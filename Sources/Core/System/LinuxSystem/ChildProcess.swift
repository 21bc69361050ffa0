internal import CLinux
internal import Glibc

/// A process of ours, or one that an earlier run of this daemon started.
public struct ChildProcess: Sendable {
    /// Its number.
    public let pid: Int32
    /// Becomes readable when it ends; signals through it reach it and no other.
    public let handle: Descriptor

    private init(pid: Int32, handle: Descriptor) {
        self.pid = pid
        self.handle = handle
    }

    /// Takes hold of a running process.
    ///
    /// - Returns: `nil` when there is none of that number.
    /// - Throws: ``SystemError``, when there may be one but no descriptor can be had for it.
    public static func find(_ pid: Int32) throws(SystemError) -> ChildProcess? {
        let number = cl_pidfd_open(pid)
        guard number < 0 else { return ChildProcess(pid: pid, handle: Descriptor(owning: number)) }
        guard errno == ESRCH || errno == EINVAL else { throw .current("watch a process") }
        return nil
    }

    /// Starts a program in a session of its own. It stays in the process table until ``reap()`` takes it out.
    ///
    /// - Parameters:
    ///   - path: the program's file.
    ///   - arguments: including the name it is to see as its own.
    ///   - input, output, error: become its standard descriptors; it gets no others.
    /// - Throws: ``SystemError``; nothing runs then.
    public static func start(
        _ path: String,
        arguments: [String],
        input: Descriptor,
        output: Descriptor,
        error: Descriptor
    ) throws(SystemError) -> ChildProcess {
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        argv.append(nil)
        defer { for argument in argv { free(argument) } }
        var failure: Int32 = 0
        let child = ChildReaper.owning {
            var pid: pid_t = 0
            failure = path.withCString { path in
                argv.withUnsafeBufferPointer { argv in
                    var options = cl_spawn_options()
                    options.path = path
                    options.argv = argv.baseAddress
                    options.fds = (input.number, output.number, error.number)
                    options.new_session = true
                    return cl_spawn(&options, &pid)
                }
            }
            return failure == 0 ? pid : nil
        }
        guard let child else { throw SystemError("start", path: path, code: failure) }
        do throws(SystemError) {
            // A child is there until it is reaped, also when it has ended.
            if let process = try find(child) { return process }
            throw SystemError("watch", path: path, code: ESRCH)
        } catch {
            // Nobody would ever end it.
            kill(child, SIGKILL)
            cl_await_end(child)
            ChildReaper.reap(child)
            throw error
        }
    }

    /// Sends a signal; that it has ended is no error.
    ///
    /// - Throws: ``SystemError``, when this process may not.
    public func signal(_ number: Int32) throws(SystemError) {
        guard cl_pidfd_send_signal(handle.number, number) != 0, errno != ESRCH else { return }
        throw .current("signal process \(pid)")
    }

    /// Blocks until it has ended, also when nobody has reaped it yet.
    ///
    /// - Parameter milliseconds: how long at most.
    /// - Returns: whether it has ended.
    public func awaitEnd(milliseconds: Int32) -> Bool {
        var item = pollfd(fd: handle.number, events: Int16(POLLIN), revents: 0)
        return poll(&item, 1, milliseconds) > 0
    }

    /// Takes a process that ``start(_:arguments:input:output:error:)`` started out of the process table, once it has
    /// ended. Others are for others to reap.
    ///
    /// - Returns: `false` while it runs.
    @discardableResult
    public func reap() -> Bool { ChildReaper.reap(pid) }
}
