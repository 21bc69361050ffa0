import COpenSSL
import Glibc

/// Reads key files: small regular files, and nothing else.
enum KeyFile {
    /// The most that is read, in bytes; a 16,384-bit key with comments needs a quarter of it.
    static let maximumSize = 64 * 1024

    /// Hands the content of a file to a closure and wipes the copy in memory afterwards.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - subject: what the file is to the operator, the start of every message.
    static func withContent<Result>(
        of path: String,
        subject: String,
        _ body: ([UInt8]) throws(SigningKeyProblem) -> Result
    ) throws(SigningKeyProblem) -> Result {
        var content = try read(path, subject: subject)
        defer { content.withUnsafeMutableBytes { OPENSSL_cleanse($0.baseAddress, $0.count) } }
        return try body(content)
    }

    private static func read(_ path: String, subject: String) throws(SigningKeyProblem) -> [UInt8] {
        // Not to block for ever on a pipe that nobody writes to; regular files do not care.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            let reason = errno
            throw SigningKeyProblem(
                reason == ENOENT ? .missing : .unreadable,
                "\(subject) \(path): \(text(of: reason))"
            )
        }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SigningKeyProblem(.unreadable, "\(subject) \(path): not a regular file")
        }
        return try read(descriptor, path, subject: subject)
    }

    private static func read(
        _ descriptor: CInt,
        _ path: String,
        subject: String
    ) throws(SigningKeyProblem) -> [UInt8] {
        // One byte more than allowed, to tell a file that is too large from one that just fits. The buffer never
        // grows, so that no copy of a private key is left behind in memory.
        var buffer = [UInt8](repeating: 0, count: maximumSize + 1)
        var count = 0
        while count < buffer.count {
            let received = buffer.withUnsafeMutableBytes { bytes in
                Glibc.read(descriptor, bytes.baseAddress.map { $0 + count }, bytes.count - count)
            }
            if received == 0 { break }
            guard received > 0 else {
                if errno == EINTR { continue }
                throw SigningKeyProblem(.unreadable, "\(subject) \(path): \(text(of: errno))")
            }
            count += received
        }
        guard count <= maximumSize else {
            throw SigningKeyProblem(.unreadable, "\(subject) \(path): larger than \(maximumSize) bytes, not a key file")
        }
        buffer.removeLast(buffer.count - count)
        // In place: a copy of a private key would stay in memory.
        if buffer.starts(with: [0xEF, 0xBB, 0xBF]) { buffer.removeFirst(3) }
        return buffer
    }

    /// The system's words for an error number, in lower case to stand after a colon.
    private static func text(of code: CInt) -> String {
        guard let words = strerror(code) else { return "error \(code)" }
        return String(cString: words).lowercased()
    }
}
