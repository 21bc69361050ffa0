internal import Glibc

/// How much the tests of faults do.
public enum Faults {
    /// Whether they run in their full form, which takes minutes: `WORKCEPTOR_FAULTS=full`.
    public static let isFull = getenv("WORKCEPTOR_FAULTS").map { String(cString: $0) } == "full"
}
