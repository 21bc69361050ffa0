import ControlClient
import Glibc

/// Standard output or standard error, and what can be shown on it.
struct OutputChannel: Sendable {
    let descriptor: CInt
    let isTerminal: Bool
    /// Whether colours are wanted: on a terminal, unless `NO_COLOR` or `TERM=dumb` say otherwise.
    let usesColour: Bool

    init(descriptor: CInt, environment: Environment = .process) {
        self.descriptor = descriptor
        isTerminal = isatty(descriptor) == 1
        usesColour = isTerminal && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
    }

    /// The size of the terminal in columns and rows; what is usual when it does not say.
    var size: (columns: Int, rows: Int) {
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// The text in a colour where colours are wanted.
    func coloured(_ text: String, _ colour: Colour) -> String { usesColour ? colour.applied(to: text) : text }

    /// Writes a line.
    ///
    /// - Throws: ``ControlError`` of code `outputClosed` or `outputFailed`.
    func print(_ line: String = "") throws { try write(line + "\n") }

    /// Writes a text as it is.
    ///
    /// - Throws: ``ControlError`` of code `outputClosed` or `outputFailed`.
    func write(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count < 0 else {
                rest = rest.dropFirst(count)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN: waitUntilWritable()
            case EPIPE: throw ControlError(.outputClosed, "nobody reads the output any more")
            default:
                throw ControlError(.outputFailed, "Failed to write the output: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// A terminal that others share may have been set not to block.
    private func waitUntilWritable() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        _ = poll(&entry, 1, -1)
    }
}
