// workceptor-runner: starts units' commands, waits for them, and writes down how they ended.
//
// The daemon keeps one of these as a spawner. For each unit it forks a runner, which lives in a session of its own and
// outlives both; starting a new executable for each would cost several times as much. What to do comes with the
// order (RunnerOrder), what happened goes to a pipe (one line) and to the unit's directory (RunnerRecord). A runner's
// title is the unit's directory, so that `ps` tells what it is for; the command's arguments never appear.

internal import CLinux
internal import Glibc
internal import RunnerProtocol

_ = cl_open_standard_descriptors()
let arguments = CommandLine.arguments.dropFirst()
if arguments.first == "--version" {
    print("workceptor-runner 1")
    exit(0)
}
guard arguments.first == RunnerOrder.spawnerOption else {
    var line = "workceptor-runner: started by workceptor only; it takes its orders on a socket\n"
    _ = line.withUTF8 { write(2, $0.baseAddress, $0.count) }
    exit(64)
}
exit(Spawner().run())

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
