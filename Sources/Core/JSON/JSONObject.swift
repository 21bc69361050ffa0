/// The members of a JSON object in the order in which they were written.
///
/// Small objects, the only kind the protocols have many of, are searched from front to back; from
/// ``indexThreshold`` members on, an index is kept.
public struct JSONObject: Sendable {
    /// The members in order; names are unique.
    public private(set) var members: [(name: String, value: JSONValue)] = []
    private var index: [String: Int] = [:]
    private static let indexThreshold = 16

    /// An object without members.
    public init() {}

    /// An object with these members; of two with one name the later value wins, at the place of the first.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        for (name, value) in members { self[name] = value }
    }

    /// Whether there are no members.
    public var isEmpty: Bool { members.isEmpty }

    /// How many members there are.
    public var count: Int { members.count }

    /// The names in order.
    public var names: [String] { members.map(\.name) }

    /// The value of a member. Setting `nil` removes it, setting a new name appends it.
    public subscript(name: String) -> JSONValue? {
        get { position(of: name).map { members[$0].value } }
        set {
            let position = position(of: name)
            switch (position, newValue) {
            case (let position?, let value?):
                members[position].value = value
            case (let position?, nil):
                members.remove(at: position)
                rebuildIndex()
            case (nil, let value?):
                members.append((name, value))
                if members.count == Self.indexThreshold {
                    rebuildIndex()
                } else if members.count > Self.indexThreshold {
                    index[name] = members.count - 1
                }
            case (nil, nil):
                break
            }
        }
    }

    private func position(of name: String) -> Int? {
        members.count < Self.indexThreshold ? members.firstIndex { $0.name == name } : index[name]
    }

    private mutating func rebuildIndex() {
        index.removeAll(keepingCapacity: true)
        guard members.count >= Self.indexThreshold else { return }
        for (position, member) in members.enumerated() { index[member.name] = position }
    }
}

extension JSONObject: Hashable {
    /// Objects are equal when they have equal members, whatever their order.
    public static func == (left: JSONObject, right: JSONObject) -> Bool {
        left.count == right.count && left.members.allSatisfy { right[$0.name] == $0.value }
    }

    /// Hashes the names only: the order of members does not count.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
        for name in names.sorted() { hasher.combine(name) }
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// A value written as a literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}
