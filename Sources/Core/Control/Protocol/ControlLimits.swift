/// Bounds of the control protocol's lines, in bytes.
public enum ControlLimits {
    /// The longest command line that a server takes.
    public static let commandLine = 1 << 20
}
