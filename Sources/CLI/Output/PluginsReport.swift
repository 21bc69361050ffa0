import JSON

/// What `plugins` prints for people.
struct PluginsReport {
    private let plugins: [JSONValue]
    private let workTypes: [JSONValue]

    init(_ reply: JSONValue) {
        plugins = reply["Plugins"]?.array ?? []
        workTypes = reply["WorkTypes"]?.array ?? []
    }

    func lines(width: Int?, usesColour: Bool) -> [String] {
        var lines: [String] = []
        for plugin in plugins {
            let name = text(plugin, "Name")
            lines.append("\(usesColour ? Colour.bold.applied(to: name) : name)  \(text(plugin, "Summary"))")
            lines += settings(of: plugin, width: width.map { $0 - 2 }, usesColour: usesColour).map { "  " + $0 }
            lines.append("")
        }
        return lines + workTypeTable.lines(width: width, usesColour: usesColour)
    }

    private func settings(of plugin: JSONValue, width: Int?, usesColour: Bool) -> [String] {
        guard let settings = plugin["Settings"]?.array, !settings.isEmpty else { return [] }
        var table = Table(columns: [.init(title: "SETTING"), .init(title: "DEFAULT"), .init(title: "MEANING")])
        table.rows = settings.map { setting in
            [Table.Cell(text(setting, "Name")), defaultValue(setting), Table.Cell(text(setting, "Summary"))]
        }
        return table.lines(width: width, usesColour: usesColour)
    }

    private func defaultValue(_ setting: JSONValue) -> Table.Cell {
        if setting["Required"]?.bool == true { return Table.Cell("required", .yellow) }
        guard let value = setting["Default"], !value.isNull else { return "-" }
        return Table.Cell(value.string.flatMap { $0.isEmpty ? nil : $0 } ?? value.serialized)
    }

    private var workTypeTable: Table {
        var table = Table(
            columns: ["WORK TYPE", "PLUGIN", "RUNTIME PARAMS", "SIGNED", "SOURCE"].map { Table.Column(title: $0) }
        )
        table.rows = workTypes.map { type in
            [
                Table.Cell(text(type, "WorkType")), Table.Cell(text(type, "Plugin")),
                Table.Cell(yesOrNo(type, "AllowRuntimeParams")), Table.Cell(yesOrNo(type, "VerifySignature")),
                Table.Cell(text(type, "Source")),
            ]
        }
        return table
    }

    private func text(_ value: JSONValue, _ name: String) -> String {
        value[name]?.string?.withoutControlCharacters ?? "-"
    }

    private func yesOrNo(_ value: JSONValue, _ name: String) -> String { value[name]?.bool == true ? "yes" : "no" }
}
