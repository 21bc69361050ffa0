import Foundation
import Testing

@Suite("Units on disk", .blocking)
struct DataDirectoryTests {
    private func withReceptorsDirectory(_ id: String, work: String, _ body: (Node) throws -> Void) throws {
        let scratch = try Scratch()
        // Whoever owns the checkout, the copy is this user's.
        #expect(try Program.run("cp", ["-r", Binaries.fixture("datadir"), scratch.file("d")]).end == .exited(0))
        try Node.with(NodeFile(id: id, work: work), in: scratch, body)
    }

    @Test("The units that a Receptor node left are listed, their results read, and released")
    func receptorsUnitsOfFoo() throws {
        try withReceptorsDirectory("foo", work: NodeFile().work) { node in
            // The line that Receptor itself answered with.
            let golden = """
                {"ohJa68Fy":{"Detail":"exit status 0","ExtraData":{"RemoteNode":"bar","RemoteWorkType":"echoint",\
                "RemoteParams":{},"RemoteUnitID":"TTF1Ho2a","RemoteStarted":true,"LocalCancelled":false,\
                "LocalReleased":false,"SignWork":false,"TLSClient":"","Expiration":"0001-01-01T00:00:00Z"},"State":2,\
                "StateName":"Succeeded","StdoutSize":10,"WorkType":"remote"}}

                """
            let sessions = try String(contentsOfFile: Binaries.fixture("control-sessions.json"), encoding: .utf8)
            let escaped = golden.dropLast().replacing("\"", with: "\\\"")
            try #require(sessions.contains(escaped))
            #expect(try node.client.command("work list ohJa68Fy") == golden)
            let all = try node.client.list()
            #expect(all.keys.sorted() == ["N76dMkHu", "ohJa68Fy"])
            #expect(all["N76dMkHu"]?.WorkType == "cat")
            #expect(all["N76dMkHu"]?.StateName == "Succeeded")
            for unit in ["N76dMkHu", "ohJa68Fy"] {
                let onDisk = try node.read("stdout", of: unit)
                #expect(try node.client.resultsText(unit) == onDisk)
            }
            #expect(try node.client.release("N76dMkHu") == "{\"released\":\"N76dMkHu\"}\n")
            // The node that did the work has a part in it.
            #expect(try node.client.release("ohJa68Fy") == "{\"release pending\":\"ohJa68Fy\"}\n")
            #expect(try node.client.command("work force-release ohJa68Fy") == "{\"released\":\"ohJa68Fy\"}\n")
            #expect(try node.unitsOnDisk() == [])
            #expect(try node.client.list().isEmpty)
        }
    }

    @Test("A unit whose work type is not configured is listed as such, its results read, and released")
    func unknownWorkType() throws {
        try withReceptorsDirectory("bar", work: NodeFile().work) { node in
            let status = try node.client.status("TTF1Ho2a")
            #expect(status.extraText == "Unknown WorkType")
            #expect(try node.client.resultsText("TTF1Ho2a") == "1\n2\n3\n4\n5\n")
            #expect(try node.client.cancel("TTF1Ho2a") == "{\"cancelled\":\"TTF1Ho2a\"}\n")
            #expect(try node.client.status("TTF1Ho2a").StateName == "Succeeded")
            #expect(try node.client.release("TTF1Ho2a") == "{\"released\":\"TTF1Ho2a\"}\n")
            #expect(try node.unitsOnDisk() == [])
        }
    }

    @Test("A status file that this node wrote has Receptor's members in Receptor's order, and the files its names")
    func filesOfAUnit() throws {
        try Node.with { node in
            let unit = try node.client.submit("cat", payload: "abc")
            try node.client.end(unit)
            let expected = """
                {"State":2,"Detail":"exit status 0","StdoutSize":3,"WorkType":"cat","ExtraData":null}

                """
            #expect(try node.read("status", of: unit) == expected)
            #expect(try node.read("stdin", of: unit) == "abc")
            #expect(try node.read("stdout", of: unit) == "abc")
            #expect(try node.read("status.lock", of: unit) == "")
            let modes = try ["", "status", "status.lock", "stdin", "stdout", "runner"].map { name in
                let attributes = try FileManager.default.attributesOfItem(
                    atPath: node.file(name, of: unit).trimmingSuffix("/")
                )
                return (attributes[.posixPermissions] as? Int) ?? 0
            }
            #expect(modes == [0o700, 0o600, 0o600, 0o600, 0o600, 0o600])
        }
    }

    @Test("Rubbish in the data directory keeps nothing from working")
    func rubbish() throws {
        try Node.with(isStarted: false) { node in
            let files = FileManager.default
            func make(_ unit: String, _ contents: [String: String]) throws {
                try files.createDirectory(atPath: node.file("", of: unit), withIntermediateDirectories: true)
                for (name, text) in contents {
                    try text.write(toFile: node.file(name, of: unit), atomically: false, encoding: .utf8)
                }
            }
            try make("halfFile", ["status": #"{"State":1,"Detail":"Runn"#, "stdin": "", "stdout": "some"])
            try make("noStatus", ["stdin": "", "stdout": "more"])
            try make(
                "badState",
                ["status": #"{"State":17,"Detail":"","StdoutSize":0,"WorkType":"cat"}"#, "stdin": "", "stdout": ""]
            )
            try make("notAUnit", ["readme": "hello"])
            try make(".new-12345678", ["status": ""])
            try make(".gone-12345678", ["status": ""])
            try make("with blank", ["status": #"{"State":2,"Detail":"","StdoutSize":0,"WorkType":"cat"}"#])
            let pending = #"{"State":0,"Detail":"Unit Created","StdoutSize":0,"WorkType":"cat"}"#
            try make("pending1", ["status": pending, "stdin": "", "stdout": ""])
            let running = """
                {"State":1,"Detail":"Running: PID 1","StdoutSize":0,"WorkType":"cat","ExtraData":{"Pid":1,"Params":""}}
                """
            try make("running1", ["status": running, "stdin": "", "stdout": ""])
            try "x".write(toFile: "\(node.unitsDirectory)/aFile123", atomically: false, encoding: .utf8)
            try node.start()
            let list = try node.client.list()
            #expect(list.keys.sorted() == ["badState", "halfFile", "noStatus", "pending1", "running1"])
            for (unit, _) in list {
                let status = try node.client.end(unit)
                #expect(status.StateName == "Failed", "\(unit)")
                #expect(!status.Detail.isEmpty)
                #expect(try node.client.release(unit) == "{\"released\":\"\(unit)\"}\n")
            }
            #expect(try node.client.resultsText(node.client.submit("cat", payload: "on")) == "on")
            let names = try files.contentsOfDirectory(atPath: node.unitsDirectory)
            #expect(!names.contains(".new-12345678") && !names.contains(".gone-12345678"))
        }
    }

    @Test("A unit that ended before Receptor made its stdout has empty results")
    func noStdoutFile() throws {
        try Node.with(isStarted: false) { node in
            try FileManager.default.createDirectory(
                atPath: node.file("", of: "noStdout"),
                withIntermediateDirectories: true
            )
            let status = #"{"State":3,"Detail":"Failed to start","StdoutSize":0,"WorkType":"cat","ExtraData":null}"#
            try status.write(toFile: node.file("status", of: "noStdout"), atomically: false, encoding: .utf8)
            try node.start()
            #expect(try node.client.results("noStdout") == [])
            #expect(try node.client.release("noStdout") == "{\"released\":\"noStdout\"}\n")
        }
    }

    /// A directory in memory where there is one with room, since forty thousand files are much work for a disk.
    private func roomyDirectory() -> String? {
        var disk = statvfs()
        guard statvfs("/dev/shm", &disk) == 0, disk.f_bavail * UInt(disk.f_frsize) > 256 << 20 else { return nil }
        var template = Array("/dev/shm/wkc.XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { return nil }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Runs a body with a node that is not started yet, whose units are in memory if there is room.
    private func withRoomyNode(_ body: (Node) throws -> Void) throws {
        let directory = roomyDirectory()
        // What cannot be deleted is small, and no part of what is tested.
        defer { if let directory { try? FileManager.default.removeItem(atPath: directory) } }
        try Node.with(NodeFile(dataDirectory: directory), isStarted: false, body)
    }

    @Test("Ten thousand units are listed, read and released, and survive a restart")
    func tenThousandUnits() throws {
        let count = 10_000
        try withRoomyNode { node in
            let units = try Self.makeUnits(count, on: node)
            try node.start()
            let list = try node.client.list()
            #expect(list.count == count)
            #expect(list["u0000003"]?.StateName == "Failed")
            #expect(list["u0009998"]?.StateName == "Succeeded")
            for number in stride(from: 0, to: count, by: 997) {
                #expect(try node.client.resultsText(units[number]) == "result \(number)\n")
            }
            // Each by the next command of one connection; in a short run not all of them.
            let released = CrashTests.isFull ? count - 100 : 1_000
            let connection = try node.client.connect()
            for unit in units.prefix(released) {
                try connection.send("work release \(unit)\n")
                let line = try connection.line()
                try #require(line == "{\"released\":\"\(unit)\"}\n")
            }
            let left = Array(units.dropFirst(released))
            #expect(try node.client.list().keys.sorted() == left)
            #expect(try node.unitsOnDisk() == left)
            try node.stop()
            try node.start()
            #expect(try node.client.list().count == left.count)
        }
    }

    @Test("Lists that nobody reads take little memory, and are whole for who reads them later")
    func unreadLists() throws {
        let count = 4_000
        try withRoomyNode { node in
            _ = try Self.makeUnits(count, on: node)
            try node.start()
            try Self.expectLittleMemory(of: node, readers: 100) { list in
                let line = try list.line()
                #expect(line.utf8.count { $0 == UInt8(ascii: "{") } == count + 1)
            }
        }
    }

    @Test("Lists of units with long parameters take little memory, too")
    func unreadLongLists() throws {
        try Node.with { node in
            let long = String(repeating: "x", count: 300_000)
            for _ in 0..<10 { _ = try node.client.submit("cat", to: "away", parameters: ["params": long]) }
            let size = 10 * long.utf8.count
            try Self.expectLittleMemory(of: node, readers: 24) { list in
                let bytes = try list.bytes(size)
                #expect(bytes.count == size)
            }
        }
    }

    /// Asks for as many lists as fill 70 MiB, were each kept as a whole, and reads them later.
    private static func expectLittleMemory(
        of node: Node,
        readers count: Int,
        _ read: (ControlConnection) throws -> Void
    ) throws {
        let daemon = try #require(node.daemon?.pid)
        var client = node.client
        client.seconds = patience * slowness
        func ask() throws -> ControlConnection {
            let reader = try client.connect()
            try reader.send("work list\n")
            return reader
        }
        try read(ask())
        let before = Resources(of: daemon).residentBytes
        let readers = try (0..<count).map { _ in try ask() }
        // By when all of them have been served as far as they can be.
        for _ in 0..<3 { try read(ask()) }
        #expect(Resources(of: daemon).residentBytes - before < Int(40 * slowness) << 20)
        for reader in readers {
            try read(reader)
            reader.close()
        }
    }

    /// Puts units that have ended where a node that is not started finds them.
    private static func makeUnits(_ count: Int, on node: Node) throws -> [String] {
        try FileManager.default.createDirectory(atPath: node.unitsDirectory, withIntermediateDirectories: true)
        var units: [String] = []
        for number in 0..<count {
            let unit = "u" + String(repeating: "0", count: 7 - String(number).count) + String(number)
            let directory = node.file("", of: unit)
            mkdir(directory, 0o700)
            let state = number % 3 == 0 ? 3 : 2
            let text = "result \(number)\n"
            let status = """
                {"State":\(state),"Detail":"exit status \(state - 2)","StdoutSize":\(text.utf8.count),\
                "WorkType":"cat","ExtraData":null}

                """
            for (name, content) in [("status", status), ("status.lock", ""), ("stdin", ""), ("stdout", text)] {
                let file = try #require(fopen(directory + name, "w"))
                fputs(content, file)
                fclose(file)
            }
            units.append(unit)
        }
        return units
    }
}
