/// What the daemon tells a runner to do.
///
/// It travels in an anonymous file whose descriptor is passed to the runner: nothing of it appears on a command line,
/// and it is complete before the runner exists.
public struct RunnerOrder: Sendable, Hashable {
    /// The unit's directory, an absolute path.
    public var directory: String
    /// The program and its arguments.
    public var arguments: [String]
    /// Milliseconds from a cancel request until everything that is left is killed.
    public var graceMilliseconds: Int
    /// The soft limit on open files for the command; 0 leaves it as it is.
    public var openFilesLimit: UInt64
    /// Whether the claim is on the disk before the command starts, and output and end before the daemon hears of the
    /// end, so that a power cut can neither have the work run twice nor take an end back.
    public var isDurable: Bool
    /// Whether what the command leaves behind is ended with it, also where nobody cancelled the unit.
    public var endsAll: Bool

    /// Creates one from its parts. No part may contain a zero byte.
    public init(
        directory: String,
        arguments: [String],
        graceMilliseconds: Int,
        openFilesLimit: UInt64,
        isDurable: Bool,
        endsAll: Bool
    ) {
        self.directory = directory
        self.arguments = arguments
        self.graceMilliseconds = graceMilliseconds
        self.openFilesLimit = openFilesLimit
        self.isDurable = isDurable
        self.endsAll = endsAll
    }

    /// The option with which the daemon starts a spawner; its socket is standard input.
    public static let spawnerOption = "--spawner"

    /// The environment variable in which the command, and what it starts, carries the unit's directory.
    public static let unitVariable = "WORKCEPTOR_UNIT"

    /// The order as bytes: fields end with a zero byte, which none of them can contain.
    public var encoded: [UInt8] {
        let numbers = [String(graceMilliseconds), String(openFilesLimit)]
        let fields = [Self.version, directory] + numbers + [Self.word(isDurable), Self.word(endsAll)] + arguments
        return fields.flatMap { Array($0.utf8) + [0] }
    }

    /// Reads an order; `nil` when the bytes are none.
    public init?(decoding bytes: [UInt8]) {
        guard bytes.last == 0 else { return nil }
        let fields = bytes.dropLast().split(separator: 0, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        guard fields.count >= 7, fields[0] == Self.version, let grace = Int(fields[2]), grace >= 0,
            let limit = UInt64(fields[3]), let isDurable = Self.flag(fields[4]), let endsAll = Self.flag(fields[5])
        else { return nil }
        self.init(
            directory: fields[1],
            arguments: Array(fields[6...]),
            graceMilliseconds: grace,
            openFilesLimit: limit,
            isDurable: isDurable,
            endsAll: endsAll
        )
    }

    private static func word(_ flag: Bool) -> String { flag ? "yes" : "no" }
    private static func flag(_ word: String) -> Bool? { word == "yes" ? true : word == "no" ? false : nil }

    private static let version = "workceptor-runner-order 2"
}
