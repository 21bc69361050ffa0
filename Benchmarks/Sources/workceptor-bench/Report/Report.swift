/// All that was measured.
struct Report: Sendable {
    let machine: MachineFacts
    let rows: [Row]
    /// The benchmarks that could not be run, and why.
    let failures: [(name: String, reason: String)]
    /// How long it all took.
    let seconds: Double

    /// For people.
    var text: String {
        let width = machine.all.map(\.name.count).max() ?? 0
        var text = "\n"
        for (name, value) in machine.all {
            text += "\(name):\(String(repeating: " ", count: width - name.count)) \(value)\n"
        }
        let header = ["metric", "target", "measured: median (min–max)", "Receptor 1.4.9", "met?"]
        text += "\n" + Table(header: header, rows: rows.map(\.cells)).text + "\n"
        for (name, reason) in failures { text += "not measured: \(name): \(reason)\n" }
        let judged = rows.compactMap(\.isMet)
        return text + "\(judged.count { $0 }) of \(judged.count) targets met, \(Decimal.text(seconds, digits: 0)) s\n"
    }

    /// For programs.
    var json: String {
        let document: JSONText = [
            "machine": .object(machine.all.map { ($0.name, .text($0.value)) }),
            "rows": .list(rows.map(\.json)),
            "failures": .list(failures.map { ["benchmark": .text($0.name), "reason": .text($0.reason)] }),
            "seconds": .number(seconds),
        ]
        return document.rendered() + "\n"
    }
}
