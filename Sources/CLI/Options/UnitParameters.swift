import Glibc

/// The parameters of a unit from the command line.
enum UnitParameters {
    /// Puts `--param` values and the words after the work type together.
    ///
    /// A value that starts with `@` is the name of a file whose content is meant; one that starts with `@@` is taken
    /// as it stands, both signs included, as receptorctl does it. Of two parameters with one name the later wins.
    /// The words are joined and put after a `params` parameter.
    ///
    /// - Parameters:
    ///   - options: `name=value` each.
    ///   - words: what follows the work type.
    ///   - read: the content of a file.
    static func parse(
        options: [String],
        words: [String],
        read: (String) throws -> String = UnitParameters.content(of:)
    ) throws -> [(name: String, value: String)] {
        var parameters: [(name: String, value: String)] = []
        func set(_ name: String, _ value: String) {
            if let index = parameters.firstIndex(where: { $0.name == name }) {
                parameters[index].value = value
            } else {
                parameters.append((name, value))
            }
        }
        for option in options {
            guard let equals = option.firstIndex(of: "="), equals != option.startIndex else {
                throw CommandFailure("Parameter \(option) is not of the form name=value", exitCode: .submitFailed)
            }
            set(String(option[..<equals]), try value(String(option[option.index(after: equals)...]), read))
        }
        guard !words.isEmpty else { return parameters }
        let joined = words.joined(separator: " ")
        if let given = parameters.first(where: { $0.name == "params" }) {
            set("params", given.value + " " + joined)
        } else {
            set("params", try value(joined, read))
        }
        return parameters
    }

    private static func value(_ text: String, _ read: (String) throws -> String) throws -> String {
        guard text.hasPrefix("@"), !text.hasPrefix("@@") else { return text }
        return try read(String(text.dropFirst()))
    }

    private static func content(of path: String) throws -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            guard errno != ENOENT else { throw CommandFailure("\(path) does not exist", exitCode: .submitFailed) }
            throw unreadable(path, String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var content: [UInt8] = []
        while true {
            var number: CInt = 0
            var result = 0
            let piece = [UInt8](unsafeUninitializedCapacity: 64 << 10) { space, count in
                result = Glibc.read(descriptor, space.baseAddress, space.count)
                number = errno
                count = max(0, result)
            }
            if result < 0, number == EINTR { continue }
            guard result >= 0 else { throw unreadable(path, String(cString: strerror(number))) }
            guard result > 0 else { break }
            content += piece
        }
        guard let text = String(validating: content, as: UTF8.self) else { throw unreadable(path, "it is not UTF-8") }
        return text
    }

    private static func unreadable(_ path: String, _ reason: String) -> CommandFailure {
        CommandFailure("could not read from file \(path): \(reason)", exitCode: .submitFailed)
    }
}
