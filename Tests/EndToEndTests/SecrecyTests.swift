import Foundation
import Testing

@Suite("What must not be seen", .blocking)
struct SecrecyTests {
    private static let secret = "correct-horse-battery-staple"

    private static let work = """
        - worktype: job
          command: sh
          params: -c "exec sleep 1000" configured-secret
          allowruntimeparams: true
        - worktype: fixed
          command: cat
        - worktype: missing
          command: /nonexistent/program
          allowruntimeparams: true
        - worktype: failing
          command: "false"
          allowruntimeparams: true
        """

    @Test("Parameters are in no process list line of ours, in no log line, in no error line")
    func parameters() throws {
        try Node.with(work: Self.work) { node in
            let parameters = ["params": Self.secret]
            let unit = try node.client.submit("job", parameters: parameters)
            let directory = "\(node.unitsDirectory)/\(unit)"
            let daemon = try #require(node.daemon?.pid)
            let ours = ProcessScan.all().filter { $0.pid == daemon || ProcessScan.isRunner($0, under: directory) }
            #expect(ours.count == 2)
            for process in ours {
                #expect(
                    !process.commandLine.contains(Self.secret) && !process.commandLine.contains("configured-secret")
                )
                // What may be read with the same user's rights: the environment.
                let environment = try Data(contentsOf: URL(filePath: "/proc/\(process.pid)/environ"))
                #expect(!String(decoding: environment, as: UTF8.self).contains(Self.secret))
            }
            // The command itself, and nothing else, has it.
            let command = try #require(try node.client.status(unit).extra?.Pid)
            #expect(settles { ProcessScan.entry(command)?.commandLine == "sleep 1000" })

            var answers: [String] = []
            for (type, more) in [
                ("fixed", parameters), ("missing", parameters), ("nosuch", parameters),
                ("job", ["params": "'\(Self.secret)"]),
                ("job", ["params": Self.secret, "other": Self.secret]), ("job", ["params": Self.secret, "ttl": "1h"]),
                ("job", ["params": Self.secret, "signature": Self.secret]),
                ("job", ["params": Self.secret, "signwork": Self.secret]),
            ] {
                let connection = try node.client.connect()
                try connection.send(Client.submitLine(type, parameters: more))
                connection.halfClose()
                answers.append(String(decoding: try connection.rest(), as: UTF8.self))
            }
            let failing = try node.client.submit("failing", parameters: parameters)
            answers.append(try node.client.end(failing).Detail)
            answers.append(try node.client.cancel(unit))
            answers.append(try node.client.command("work list"))
            for answer in answers { #expect(!answer.contains(Self.secret), "\(answer)") }
            #expect(answers.filter { $0.contains("ERROR: ") }.count == 8)
            try node.killAndRestart()
            try node.stop()
            #expect(!node.log.contains(Self.secret) && !node.log.contains("configured-secret"))
            #expect(node.log.contains(unit))
        }
    }

    @Test("The files of units are for the daemon's user only")
    func files() throws {
        try Node.with(work: Self.work) { node in
            let unit = try node.client.submit("failing", payload: Self.secret, parameters: ["params": Self.secret])
            try node.client.end(unit)
            let paths =
                [node.unitsDirectory]
                + ["", "/status", "/stdin", "/stdout", "/runner"].map {
                    "\(node.unitsDirectory)/\(unit)\($0)"
                }
            for path in paths {
                let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
                #expect((mode ?? 0o777) & 0o077 == 0, "\(path)")
            }
            for name in ["status", "runner"] {
                #expect(try !node.read(name, of: unit).contains(Self.secret))
            }
        }
    }
}
