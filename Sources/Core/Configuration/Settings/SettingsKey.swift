/// The place of an element in a list, as a coding key.
struct SettingsKey: CodingKey {
    let intValue: Int?
    let stringValue: String

    init(_ index: Int) {
        intValue = index
        stringValue = "\(index)"
    }

    init(intValue: Int) { self.init(intValue) }

    init(stringValue: String) {
        self.stringValue = stringValue
        intValue = nil
    }
}
