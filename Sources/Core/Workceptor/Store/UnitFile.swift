/// The files in a unit's directory that this node reads and writes itself (work-units §1).
enum UnitFile: String, Sendable, CaseIterable {
    /// The unit's status, as Receptor writes it.
    case status
    /// Locked while ``status`` is replaced.
    case statusLock = "status.lock"
    /// The payload.
    case payload = "stdin"
    /// The output.
    case output = "stdout"
    /// What decides about the unit later: ``AdmissionRecord``.
    case admission

    /// Where a new content is written before it takes the file's name.
    var nextName: String { rawValue + ".new" }
}
