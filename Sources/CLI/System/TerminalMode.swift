import Glibc

/// The mode of a terminal, changed for a while.
struct TerminalMode: ~Copyable {
    /// What the terminal is to do with what is typed.
    enum Kind {
        /// Every key is passed on, Ctrl-C included.
        case raw
        /// Every key is passed on at once and not shown; Ctrl-C still interrupts.
        case keys
    }

    private let descriptor: CInt
    private let original: termios

    /// Changes the mode; it is changed back when this value ends.
    ///
    /// - Returns: `nil` when the descriptor is not a terminal.
    init?(_ kind: Kind, of descriptor: CInt) {
        var mode = termios()
        guard tcgetattr(descriptor, &mode) == 0 else { return nil }
        self.descriptor = descriptor
        original = mode
        switch kind {
        case .raw: cfmakeraw(&mode)
        case .keys:
            mode.c_lflag &= ~tcflag_t(ICANON | ECHO)
            // A program that is stopped would leave its screen behind.
            withUnsafeMutableBytes(of: &mode.c_cc) { $0[Int(VSUSP)] = 0 }
        }
        _ = tcsetattr(descriptor, TCSAFLUSH, &mode)
    }

    deinit {
        var mode = original
        _ = tcsetattr(descriptor, TCSAFLUSH, &mode)
    }
}
