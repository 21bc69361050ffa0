/// A number of bytes for people.
struct ByteCount: CustomStringConvertible {
    let bytes: Int64

    private static let units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]

    init(_ bytes: Int64) { self.bytes = bytes }

    /// Such as `21 B`, `1.5 KiB` or `340 MiB`: two digits at least from one KiB on.
    var description: String {
        guard bytes >= 1024 else { return "\(bytes) B" }
        var tenths = Double(bytes) * 10
        var unit = 0
        // Rounded first: 1,023.99 KiB is 1.0 MiB and not 1024 KiB.
        while tenths.rounded() >= 10235, unit < Self.units.count - 1 {
            tenths /= 1024
            unit += 1
        }
        guard let rounded = Int64(exactly: tenths.rounded()) else { return "\(bytes) B" }
        guard rounded < 100 else { return "\((rounded + 5) / 10) \(Self.units[unit])" }
        return "\(rounded / 10).\(rounded % 10) \(Self.units[unit])"
    }
}
