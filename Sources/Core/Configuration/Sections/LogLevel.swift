public import Workceptor

extension Configuration {
    /// How much the daemon logs (`log-level`).
    public struct LogLevel: Sendable, Equatable {
        /// The levels, from the least to the most.
        public enum Level: String, Sendable, CaseIterable {
            /// What failed.
            case error
            /// What may become a failure.
            case warning
            /// What an operator wants to know.
            case info
            /// What helps to find a mistake.
            case debug
            /// Everything.
            case trace
        }

        /// The least important messages that are logged.
        public var level: Level
        /// Where the section stands; `nil` when it is in no file.
        public var position: SourcePosition?
    }
}

extension Configuration.LogLevel {
    init(_ map: inout MapReader) {
        level = map.value("level", .word(placeholder: .error), default: .error)
        position = map.position
        map.finish()
    }
}
