public import LinuxSystem
public import Logging

/// What the node offers to work types.
public struct WorkEnvironment: Sendable {
    /// The node's identifier.
    public let nodeID: String
    /// Waits for the ends of processes and the like without a thread each.
    public let monitor: ReadinessMonitor
    /// Runs blocking file operations.
    public let disk: DiskQueue
    /// Tells when files grow.
    public let growth: FileGrowthMonitor
    /// The soft limit on open files that commands are to have; 0 leaves it as it is.
    public let openFilesLimit: UInt64
    /// What the disk has before anybody is told of something.
    public let durability: Durability
    /// Which start of the machine this is; empty when that is not known.
    public let bootID: String
    /// The system calls for the units' files.
    let fileSystem: any FileSystemCalls

    /// - Throws: `SystemError`, when the kernel gives no descriptors for the monitors.
    public init(
        nodeID: String,
        openFilesLimit: UInt64 = 0,
        durability: Durability = .full,
        fileSystem: any FileSystemCalls = LinuxFileSystem(),
        logger: Logger = Logger(label: "workceptor"),
        bootID: String = Machine.bootID
    ) throws(SystemError) {
        self.nodeID = nodeID
        self.openFilesLimit = openFilesLimit
        self.durability = durability
        self.fileSystem = fileSystem
        self.bootID = bootID
        monitor = try ReadinessMonitor()
        disk = DiskQueue()
        growth = FileGrowthMonitor(monitor: monitor) { error in
            logger.warning(
                """
                output that is followed arrives up to 1 s late: raise fs.inotify.max_user_instances or \
                fs.inotify.max_user_watches
                """,
                metadata: ["error": "\(error)"]
            )
        }
        do throws(SystemError) {
            try ChildReaper.startWhereNeeded(monitor)
        } catch {
            logger.warning("processes that units leave behind stay as zombies", metadata: ["error": "\(error)"])
        }
    }
}
