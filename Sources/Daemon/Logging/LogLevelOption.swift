internal import ArgumentParser
internal import Configuration
internal import Logging

/// A log level on the command line.
enum LogLevelOption: String, Sendable, CaseIterable, ExpressibleByArgument {
    case error, warning, info, debug, trace

    /// The logger's level.
    var level: Logger.Level {
        switch self {
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        case .trace: .trace
        }
    }

    init(_ level: Configuration.LogLevel.Level) {
        switch level {
        case .error: self = .error
        case .warning: self = .warning
        case .info: self = .info
        case .debug: self = .debug
        case .trace: self = .trace
        }
    }
}
