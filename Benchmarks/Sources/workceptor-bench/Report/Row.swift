/// One line of the report.
struct Row: Sendable {
    /// The benchmark it comes from, which `--only` names.
    var benchmark = ""
    let metric: String
    let unit: String
    /// Digits behind the point.
    let digits: Int
    /// `nil` for what is shown for comparison only.
    let target: Target?
    let samples: Samples
    /// The figure of Receptor 1.4.9 on a machine with 2 cores; `nil` where none was taken.
    let receptor: String?

    init(
        _ metric: String,
        _ samples: [Double],
        unit: String,
        digits: Int = 2,
        target: Target? = nil,
        receptor: String? = nil
    ) throws {
        self.metric = metric
        self.samples = try Samples(samples)
        self.unit = unit
        self.digits = digits
        self.target = target
        self.receptor = receptor
    }

    /// Whether the target is met; `nil` where there is none.
    var isMet: Bool? { target.map { $0.isMet(by: samples.median) } }

    /// The cells of its line in the table.
    var cells: [String] {
        let bound = target.map { "\($0.sign) \(Decimal.short($0.bound)) \(unit)" } ?? ""
        let middle = Decimal.text(samples.median, digits: digits)
        let range = "(\(Decimal.text(samples.least, digits: digits))–\(Decimal.text(samples.most, digits: digits)))"
        let verdict: String
        if let target {
            verdict =
                target.miss(of: samples.median).map { miss in
                    miss.isFinite ? "no, by \(Decimal.text(miss * 100, digits: 0)) %" : "no"
                } ?? "yes"
        } else {
            verdict = ""
        }
        return [metric, bound, "\(middle) \(unit)" + (samples.count > 1 ? " \(range)" : ""), receptor ?? "", verdict]
    }

    /// Its object in the JSON output.
    var json: JSONText {
        [
            "benchmark": .text(benchmark), "metric": .text(metric), "unit": .text(unit),
            "target": target.map { .text("\($0.sign) \(Decimal.short($0.bound))") } ?? .null,
            "median": .number(samples.median), "min": .number(samples.least), "max": .number(samples.most),
            "runs": .number(Double(samples.count)), "receptor": receptor.map { .text($0) } ?? .null,
            "met": isMet.map { .bool($0) } ?? .null,
        ]
    }
}
