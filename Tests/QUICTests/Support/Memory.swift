import CMemory

/// What the process has allocated.
enum Memory {
    /// Bytes allocated and not freed.
    static var allocated: Int { Int(cm_allocated()) }
}
