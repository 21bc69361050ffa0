import CLinux
import Foundation

/// A program that a test started.
final class Program: Sendable {
    /// How a program ended.
    enum End: Hashable, Sendable {
        case exited(Int32)
        case signaled(Int32)
    }

    /// What a program that ran to its end did.
    struct Finished: Sendable {
        let end: End
        let output: String
        let errors: String
    }

    let pid: pid_t
    let output: Collector
    let errors: Collector
    private let handle: Int32
    private let result = Locked<End?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - path: searched in PATH when it has no slash.
    ///   - input: what it reads on standard input.
    ///   - environment: what is added to this process's environment.
    init(
        _ path: String,
        _ arguments: [String],
        input: [UInt8] = [],
        environment: [String: String] = [:]
    ) throws {
        let inputFile = try Self.memoryFile(input)
        var outputPipe: [Int32] = [-1, -1]
        var errorPipe: [Int32] = [-1, -1]
        guard cl_pipe_cloexec(&outputPipe) == 0, cl_pipe_cloexec(&errorPipe) == 0 else { throw SystemFailure("pipe2") }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0.key)=\($0.value)" }
        var pid: pid_t = 0
        let failure = Self.withCStrings([path] + arguments) { argv in
            Self.withCStrings(variables) { envp in
                path.withCString { path in
                    var options = cl_spawn_options()
                    options.path = path
                    options.argv = argv
                    options.envp = envp
                    options.fds = (inputFile, outputPipe[1], errorPipe[1])
                    return cl_spawn(&options, &pid)
                }
            }
        }
        for descriptor in [inputFile, outputPipe[1], errorPipe[1]] { close(descriptor) }
        self.pid = pid
        output = Collector(outputPipe[0])
        errors = Collector(errorPipe[0])
        handle = failure == 0 ? cl_pidfd_open(pid) : -1
        guard failure == 0 else {
            errno = failure
            throw SystemFailure("start \(path)")
        }
    }

    deinit { close(handle) }

    /// Runs a program to its end.
    static func run(
        _ path: String,
        _ arguments: [String],
        input: [UInt8] = [],
        environment: [String: String] = [:],
        within seconds: Double = patience
    ) throws -> Finished {
        try Program(path, arguments, input: input, environment: environment).finish(within: seconds)
    }

    /// Waits for the end; a program that takes longer is killed.
    func finish(within seconds: Double = patience) throws -> Finished {
        guard let end = wait(seconds) else {
            signal(SIGKILL)
            _ = wait(5)
            throw TimedOut(awaited: "end of process \(pid); it wrote: \(output.text)\(errors.text)")
        }
        _ = output.waitForEnd(5)
        _ = errors.waitForEnd(5)
        return Finished(end: end, output: output.text, errors: errors.text)
    }

    /// Waits for the end; `nil` when it does not come in time.
    @discardableResult
    func wait(_ seconds: Double = patience) -> End? {
        guard result.value == nil else { return result.value }
        guard Deadline(in: seconds).wait(for: handle, events: Int32(POLLIN)) else { return nil }
        return result.update { end in
            var status: Int32 = 0
            if end == nil, waitpid(pid, &status, 0) == pid {
                end = cl_wifsignaled(status) ? .signaled(cl_wtermsig(status)) : .exited(cl_wexitstatus(status))
            }
            return end
        }
    }

    /// Sends a signal.
    func signal(_ number: Int32) {
        if result.value == nil { _ = cl_pidfd_send_signal(handle, number) }
    }

    private static func memoryFile(_ bytes: [UInt8]) throws -> Int32 {
        let file = cl_memfd_create("input")
        guard file >= 0 else { throw SystemFailure("memfd_create") }
        var start = 0
        while start < bytes.count {
            let count = bytes[start...].withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw SystemFailure("write") }
            start += count
        }
        lseek(file, 0, SEEK_SET)
        return file
    }

    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>?) -> Result
    ) -> Result {
        let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
        defer { for copy in copies { free(copy) } }
        return copies.withUnsafeBufferPointer { body($0.baseAddress) }
    }
}
