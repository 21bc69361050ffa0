/// The version of this program, as `status` and `--version` tell it.
public enum WorkceptorVersion {
    /// The version of this source.
    public static let current = "0.1.0"
}
