import Glibc

/// The descriptors 0 to 2, which whoever starts a program may have closed.
enum StandardDescriptors {
    /// Fills those that are closed, so that no socket or file of this process becomes standard output. What fills them
    /// cannot be used: reading from or writing to a descriptor that is closed stays an error.
    static func fill() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest number that is free, and so this one.
            _ = open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
