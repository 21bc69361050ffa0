// workceptor-runner: starts one unit's command, waits for it, and writes down how it ended.
//
// It lives in a session of its own and outlives the daemon; the daemon reads its record. What to do comes on standard
// input (RunnerOrder), what happened goes to standard output (one line) and to the unit's directory (RunnerRecord).
// Its only argument is the unit's directory, so that `ps` tells what it is for; the command's arguments never appear.

internal import Glibc
internal import RunnerProtocol

if CommandLine.arguments.dropFirst().first == "--version" {
    print("workceptor-runner 1")
    exit(0)
}
guard let order = RunnerOrder(decoding: readAll(0)) else {
    var line = "workceptor-runner: started by workceptor only; it takes its order on standard input\n"
    _ = line.withUTF8 { write(2, $0.baseAddress, $0.count) }
    exit(64)
}
var supervisor = Supervisor(order: order)
exit(supervisor.run())

/// Reads a descriptor to its end.
func readAll(_ descriptor: Int32) -> [UInt8] {
    var bytes: [UInt8] = []
    let size = 64 << 10
    let buffer = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
    defer { buffer.deallocate() }
    while true {
        let count = read(descriptor, buffer, size)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { return bytes }
        bytes.append(contentsOf: UnsafeRawBufferPointer(start: buffer, count: count))
    }
}
