internal import Dispatch
internal import Glibc
internal import Synchronization

/// Standard error, written a whole line at a time.
enum StandardError {
    private struct State {
        var backlog: [UInt8] = []
        /// Whether the backlog is being written.
        var isDraining = false
        /// Lines that found no room in the backlog.
        var lost = 0
    }

    /// Whether a person reads it.
    static let isTerminal = isatty(2) == 1

    /// Whether it takes a part without waiting when it can be written to at all, which a terminal does not.
    private static let isPrompt = {
        var facts = stat()
        return fstat(2, &facts) == 0 && [S_IFIFO, S_IFREG, S_IFSOCK].contains(facts.st_mode & S_IFMT)
    }()

    private static let state = Mutex(State())
    private static let queue = DispatchQueue(label: "workceptor.standard-error")
    private static let backlogLimit = 1 << 20
    /// As much as a pipe takes without blocking when it is writable at all.
    private static let partSize = Int(PIPE_BUF)

    /// Writes all of a text, after what is to be written before: for a process that ends then.
    static func write(_ text: String) {
        queue.sync { writeAll(ArraySlice(text.utf8)) }
    }

    /// Writes a line of the log. Who reads it slowly, or not at all, holds nobody up: what is not taken at once waits, up
    /// to a bound.
    static func log(_ text: String) {
        let isLate = state.withLock { state in
            guard !state.isDraining else {
                append(ArraySlice(text.utf8), to: &state)
                return false
            }
            var rest = ArraySlice(text.utf8)
            while isPrompt, !rest.isEmpty, isWritable(within: 0) {
                guard let count = write(rest.prefix(partSize)) else { return false }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            guard !rest.isEmpty else { return false }
            append(rest, to: &state)
            state.isDraining = true
            return true
        }
        if isLate { queue.async { drain() } }
    }

    private static func append(_ line: ArraySlice<UInt8>, to state: inout State) {
        guard state.backlog.count + line.count <= backlogLimit else {
            state.lost += 1
            return
        }
        state.backlog += line
    }

    /// Writes the backlog, for as long as that takes.
    private static func drain() {
        while true {
            let part = state.withLock { state -> [UInt8]? in
                if state.backlog.isEmpty, state.lost > 0 {
                    state.backlog = Array("\(state.lost) lines of the log are lost: nobody read them\n".utf8)
                    state.lost = 0
                }
                guard !state.backlog.isEmpty else {
                    state.isDraining = false
                    return nil
                }
                defer { state.backlog = [] }
                return state.backlog
            }
            guard let part else { return }
            writeAll(part[...])
        }
    }

    /// Waits until all of the log is written, but not for long: for a process that ends then.
    static func flush() {
        let isWritten = DispatchSemaphore(value: 0)
        queue.async { isWritten.signal() }
        _ = isWritten.wait(timeout: .now() + .milliseconds(100))
    }

    private static func writeAll(_ bytes: ArraySlice<UInt8>) {
        var rest = bytes
        while !rest.isEmpty, let count = write(rest) {
            rest = rest.dropFirst(count)
            // Who shares it may have made it one that does not wait.
            if !rest.isEmpty { _ = isWritable(within: -1) }
        }
    }

    /// - Parameter milliseconds: how long to wait for that; for ever if it is negative.
    private static func isWritable(within milliseconds: Int32) -> Bool {
        var poll = pollfd(fd: 2, events: Int16(POLLOUT), revents: 0)
        return Glibc.poll(&poll, 1, milliseconds) > 0
    }

    /// - Returns: how many bytes were taken; `nil` when none ever will be.
    private static func write(_ bytes: ArraySlice<UInt8>) -> Int? {
        let count = bytes.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EAGAIN || errno == EINTR ? 0 : nil }
        return count
    }
}
