/// Keys are matched without regard to case, `-` and `_`.
enum KeyName {
    /// The one spelling that stands for all spellings of a key.
    static func normalised(_ key: String) -> String {
        String(key.lowercased().filter { $0 != "-" && $0 != "_" })
    }
}
