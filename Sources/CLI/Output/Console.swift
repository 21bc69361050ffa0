import Glibc
import JSON

/// Where the commands write to.
enum Console {
    static let output = OutputChannel(descriptor: STDOUT_FILENO)
    static let diagnostics = OutputChannel(descriptor: STDERR_FILENO)

    /// Writes a line of output.
    static func print(_ line: String = "") throws { try output.print(line) }

    /// Writes JSON, byte for byte as receptorctl does.
    static func print(_ json: JSONValue) throws { try output.print(PythonText.json(json)) }

    /// Says that something failed.
    static func error(_ message: String) { diagnose("ERROR: \(message)", .red) }

    /// Says that something failed with one of several units, in receptorctl's form.
    static func error(_ message: String, of unitID: String) { diagnose("\(unitID): ERROR: \(message)", .red) }

    /// Says that something may not be as expected.
    static func warn(_ message: String) { diagnose("Warning: \(message)", .magenta) }

    /// Tells what is going on.
    static func note(_ message: String) { diagnose(message, nil) }

    private static func diagnose(_ message: String, _ colour: Colour?) {
        let text = message.withoutControlCharacters
        // When even this cannot be written there is nobody left to tell.
        try? diagnostics.print(colour.map { diagnostics.coloured(text, $0) } ?? text)
    }
}
