/// Rows and columns for a terminal.
struct Table {
    /// How a column is aligned.
    enum Alignment { case left, right }

    /// What a column is.
    struct Column {
        let title: String
        var alignment = Alignment.left
    }

    /// A text and its colour.
    struct Cell: ExpressibleByStringInterpolation {
        let text: String
        let colour: Colour?

        init(_ text: String, _ colour: Colour? = nil) {
            self.text = text.withoutControlCharacters
            self.colour = colour
        }

        init(stringLiteral value: String) { self.init(value) }
    }

    let columns: [Column]
    var rows: [[Cell]] = []

    /// The lines of the table, the titles first.
    ///
    /// - Parameters:
    ///   - width: where lines are cut off, `nil` for never; only the last column is cut.
    ///   - usesColour: whether colours are applied.
    func lines(width: Int? = nil, usesColour: Bool = false) -> [String] {
        let titles = columns.map { Cell($0.title, .bold) }
        let widths = columns.indices.map { column in
            ([titles] + rows).map { $0[column].text.unicodeScalars.count }.max() ?? 0
        }
        return ([titles] + rows).map { line($0, widths: widths, width: width, usesColour: usesColour) }
    }

    private func line(_ cells: [Cell], widths: [Int], width: Int?, usesColour: Bool) -> String {
        var line = ""
        var used = 0
        for (index, cell) in cells.enumerated() {
            let isLast = index == cells.count - 1
            let text = isLast ? Self.cut(cell.text, to: width.map { max(8, $0 - used) }) : cell.text
            let shown = usesColour ? cell.colour?.applied(to: text) ?? text : text
            let filler = String(repeating: " ", count: max(0, widths[index] - text.unicodeScalars.count))
            switch columns[index].alignment {
            case .left: line += isLast ? shown : shown + filler
            case .right: line += filler + shown
            }
            guard !isLast else { break }
            line += "  "
            used += widths[index] + 2
        }
        return line
    }

    private static func cut(_ text: String, to width: Int?) -> String {
        guard let width, text.unicodeScalars.count > width else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(width - 1))) + "…"
    }
}
