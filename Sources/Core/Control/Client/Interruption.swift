/// Ends a wait of this module when a descriptor becomes readable: usually the read end of a pipe that a signal
/// handler writes to.
///
/// The descriptor is only watched: whoever made it takes out what is in it.
public struct Interruption: Sendable {
    /// The descriptor that is watched.
    public let descriptor: CInt

    /// Watches that descriptor.
    public init(descriptor: CInt) { self.descriptor = descriptor }
}
