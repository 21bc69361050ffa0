@testable import LinuxSystem
import Synchronization

extension ReadinessMonitor {
    /// How many descriptors are watched.
    var watchedCount: Int { state.withLock { $0.interests.count } }
}
