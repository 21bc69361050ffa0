internal import ArgumentParser
internal import JSON
internal import LinuxSystem
internal import Logging
internal import ShownText
internal import Synchronization
internal import TimeFormats

/// Logs to standard error, one line an event, for people or for machines.
struct LineLogHandler: LogHandler {
    /// What a line looks like.
    enum Format: String, Sendable, CaseIterable, ExpressibleByArgument {
        case text, json
    }

    /// The level of all loggers, which reload may change.
    static let level = Mutex(Logger.Level.error)

    let format: Format
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(format: Format) { self.format = format }

    var logLevel: Logger.Level {
        get { Self.level.withLock { $0 } }
        // One level for the daemon: a single logger's is not for others to set.
        set {}
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let more = event.metadata { all.merge(more) { $1 } }
        if let error = event.error { all["error"] = "\(error)" }
        let time = Timestamp(unixNanoseconds: WallClock.nanoseconds / 1_000_000 * 1_000_000).text
        switch format {
        case .text: StandardError.log(Self.text(time, event.level, "\(event.message)", all))
        case .json: StandardError.log(Self.json(time, event.level, "\(event.message)", all))
        }
    }

    private static func text(
        _ time: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata
    ) -> String {
        let color: (String, String) =
            switch level {
            case _ where !StandardError.isTerminal: ("", "")
            case .error, .critical: ("\u{1B}[31m", "\u{1B}[0m")
            case .warning: ("\u{1B}[33m", "\u{1B}[0m")
            default: ("", "")
            }
        var line = "\(time) \(color.0)\(level)\(color.1) \(shown(message))"
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) {
            let text = "\(value)"
            let needsQuotes = text.isEmpty || text.unicodeScalars.contains { $0 == " " || $0 == "\"" || !$0.isShown }
            line += " \(key)=\(needsQuotes ? quoted(text) : text)"
        }
        return line + "\n"
    }

    /// The text in quotes, with nothing in it that a terminal acts on.
    private static func quoted(_ text: String) -> String { shown(JSONValue.string(text).serialized) }

    private static func shown(_ text: String) -> String {
        text.unicodeScalars.allSatisfy(\.isShown) ? text : text.unicodeScalars.reduce(into: "") { $0 += $1.shown }
    }

    private static func json(
        _ time: String,
        _ level: Logger.Level,
        _ message: String,
        _ metadata: Logger.Metadata
    ) -> String {
        var object: JSONObject = ["time": .string(time), "level": .string("\(level)"), "message": .string(message)]
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }) { object[key] = .string("\(value)") }
        return JSONValue.object(object).serialized + "\n"
    }
}
