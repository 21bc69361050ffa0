/// The whole life of the smallest unit with a result, on another node.
struct RemoteEchoBenchmark: Benchmark {
    let name = "remote-echo"
    let summary =
        "`echo hi` on another node: submit to Succeeded (end of a results stream that begins behind the output), "
        + "submit to results complete"

    func run(_ bench: Workbench) throws -> [Row] {
        let direct = try rows(bench, ["foo", "bar"], "", isJudged: true)
        return try direct + rows(bench, ["foo", "mid", "bar"], ", two hops", isJudged: false)
    }

    private func rows(_ bench: Workbench, _ names: [String], _ suffix: String, isJudged: Bool) throws -> [Row] {
        try bench.withNodes(names) { row in
            let runs = bench.runs(200, quick: 50)
            let buffer = ReadBuffer()
            let times = { (position: Int) in
                try (0..<runs).map { _ in
                    let time = Stopwatch()
                    let (unit, _) = try row.complete("echo", from: position, into: buffer)
                    let taken = time.milliseconds
                    try row.finish(unit, size: 3)
                    return taken
                }
            }
            return [
                try Row(
                    "remote echo hi: submit → Succeeded\(suffix)",
                    times(3),
                    unit: "ms",
                    target: isJudged ? .atMost(5) : nil,
                    receptor: isJudged ? "1,023 ms" : nil
                ),
                try Row(
                    "remote echo hi: submit → results complete\(suffix)",
                    times(0),
                    unit: "ms",
                    target: isJudged ? .atMost(25) : nil,
                    receptor: isJudged ? "2,517 ms" : nil
                ),
            ]
        }
    }
}
