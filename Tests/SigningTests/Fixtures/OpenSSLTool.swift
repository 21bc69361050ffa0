import Glibc

/// The `openssl` command, with which operators make their keys.
enum OpenSSLTool {
    /// Whether it is installed; tests that need it are skipped without it.
    static let isInstalled: Bool = (try? run("version")) == 0

    /// Runs it with its output thrown away and returns its exit status.
    static func run(_ arguments: String...) throws -> CInt {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        var words: [UnsafeMutablePointer<CChar>?] = (["openssl"] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let failure = posix_spawnp(&process, "openssl", &actions, nil, &words, environ)
        guard failure == 0 else { throw SystemFailure(call: "posix_spawnp", number: failure) }
        var status: CInt = 0
        while waitpid(process, &status, 0) < 0 {
            guard errno == EINTR else { throw SystemFailure(call: "waitpid", number: errno) }
        }
        // What WEXITSTATUS does; a signal counts as a failure.
        return status & 0x7f == 0 ? status >> 8 & 0xff : -1
    }
}
