import Foundation

extension Program {
    /// strace, attached to a process; `nil` where it is not to be had, which is told.
    static func tracer(of pid: Int32, _ options: [String] = []) -> Program? {
        let tracer: Program
        do { tracer = try Program("strace", ["-p", "\(pid)"] + options) } catch {
            print("not tested: there is no strace on this machine")
            return nil
        }
        guard tracer.errors.wait(until: { $0.contains("attached") }) else {
            tracer.signal(SIGKILL)
            tracer.wait()
            print("not tested: strace may not attach: \(tracer.errors.text)")
            return nil
        }
        return tracer
    }
}
