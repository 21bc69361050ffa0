internal import JSON
internal import LinuxSystem
internal import Workceptor

/// The supervising process of a unit that a Receptor node started before this node took its data directory over.
///
/// It writes the unit's status itself, so all there is to do is to wait for its end.
struct ReceptorSupervisor {
    let process: ChildProcess

    /// Finds the supervisor of a unit; `nil` when there is none. It is known by its command line, which names the
    /// unit's directory: the number alone could be another process's.
    ///
    /// - Throws: `SystemError`, when there may be one but it cannot be looked at.
    init?(of unit: WorkUnit) throws(SystemError) {
        guard let pid = unit.status.extraData["Pid"]?.integer.flatMap({ Int32(exactly: $0) }), pid > 1,
            let process = try ChildProcess.find(pid)
        else { return nil }
        let commandLine: [UInt8]
        do throws(SystemError) {
            commandLine = try Files.read("/proc/\(pid)/cmdline", limit: 1 << 20)
        } catch {
            guard error.isNoProcess else { throw error }
            return nil
        }
        let words = commandLine.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        guard words.contains("--command-runner"), words.contains("unitdir=\(unit.directory)") else { return nil }
        self.process = process
    }

    /// What it wrote at its end.
    func outcome(of unit: WorkUnit) -> UnitOutcome {
        guard let bytes = try? Files.read("\(unit.directory)/status", limit: 1 << 20),
            let status = try? UnitStatus(fileContent: bytes)
        else { return .failed("Receptor's supervisor left no status") }
        switch status.state {
        case _ where unit.isCancelRequested: return .canceled()
        case .succeeded: return .succeeded(status.detail)
        case .canceled: return .canceled(status.detail)
        case .failed: return .failed(status.detail)
        case .pending, .running: return .failed("Receptor's supervisor died before the work ended")
        }
    }
}
