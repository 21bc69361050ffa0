/// Where a daemon keeps its data, and how well.
struct Setting: Sendable {
    let place: Folders.Place
    /// The configuration's `durability`; `nil` for the program's own default.
    var durability: String?

    static let memory = Setting(place: .memory)
}
