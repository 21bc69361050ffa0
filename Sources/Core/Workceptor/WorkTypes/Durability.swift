/// What the disk has before anybody is told of something (core design, §2).
public enum Durability: String, Sendable, Hashable, CaseIterable {
    /// What is told survives a power cut.
    case full
    /// What is told survives the end of every process, but not that of the machine.
    case relaxed
}
