import ControlTestSupport
import Glibc
import Testing

@testable import ControlClient

@Suite struct `A Unix socket that cannot be connected to` {
    @Test func `is explained when its path does not exist`() {
        #expect {
            try ControlConnection(to: .unix(path: "/nonexistent/foo.sock"))
        } throws: {
            ($0 as? ControlError)?.message.hasPrefix("Socket path does not exist: /nonexistent/foo.sock. ") ?? false
        }
    }

    @Test func `is explained when nobody listens any more`() throws {
        let server = try FakeControlServer([])
        // The script is over, but the file is still there.
        let path = server.path
        _ = try? ControlConnection(to: server.address)
        let other = path + ".old"
        #expect(rename(path, other) == 0)
        _ = server.finish()
        defer { unlink(other) }
        #expect {
            try ControlConnection(to: .unix(path: other))
        } throws: {
            ($0 as? ControlError)?.message.hasPrefix("Connection to \(other) refused: the daemon is not running")
                ?? false
        }
    }

    @Test func `is explained when it is another kind of file`() {
        #expect(throws: ControlError(.unreachable, "/etc/passwd is not a socket")) {
            try ControlConnection(to: .unix(path: "/etc/passwd"))
        }
    }

    @Test func `is explained when its path is too long`() {
        let path = "/" + String(repeating: "a", count: 108)
        #expect { try ControlConnection(to: .unix(path: path)) } throws: {
            ($0 as? ControlError)?.message.hasPrefix("Socket path is too long: 109 bytes, at most 107 are possible")
                ?? false
        }
    }

    @Test func `is explained with mode, owner and user when permission is denied`() {
        let file = UnixSocketProblem.File(isSocket: true, mode: 0o600, owner: "root", group: "wheel")
        let problem = UnixSocketProblem(path: "/run/foo.sock", errorNumber: EACCES, file: file, user: "ann")
        #expect(
            problem.error.message
                == "Permission denied for socket /run/foo.sock: it has mode 0600 and belongs to root:wheel, you are ann. "
                + "Run this as root, or set permissions: in the control service's configuration"
        )
    }

    @Test func `is explained when a directory on the way is closed`() {
        let problem = UnixSocketProblem(path: "/run/foo.sock", errorNumber: EACCES, file: nil, user: "ann")
        #expect(
            problem.error.message
                == "Permission denied for socket /run/foo.sock: user ann may not enter the directory it is in"
        )
    }
}
