internal import Workceptor

/// One key of a YAML map with its value.
struct YAMLEntry: Sendable, Hashable {
    /// The key as it is written.
    var key: String
    /// Where the key stands.
    var keyPosition: SourcePosition
    /// What the key is set to.
    var value: YAMLNode
    /// Whether a merge key (`<<`) brought the entry in; the map's own entries, and earlier merged ones, win.
    var isMerged = false
}

extension [YAMLEntry] {
    /// Sorts out which entry of each name holds.
    ///
    /// - Parameters:
    ///   - name: what makes two keys the same.
    ///   - duplicate: told of an entry whose name was taken before, and of the entry that took it.
    /// - Returns: one entry a name, in the order of the file.
    func unique(
        by name: (String) -> String,
        duplicate: (_ entry: YAMLEntry, _ first: YAMLEntry) -> Void
    ) -> [YAMLEntry] {
        var firsts: [String: YAMLEntry] = [:]
        return filter { entry in
            let name = name(entry.key)
            guard let first = firsts[name] else {
                firsts[name] = entry
                return true
            }
            if !entry.isMerged { duplicate(entry, first) }
            return false
        }
    }
}
