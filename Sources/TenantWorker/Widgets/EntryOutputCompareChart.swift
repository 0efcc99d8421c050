import ManufacturingKPI
import Shared

/// EntryOutputCompareChart: what entered dual lines and what left them, in planned time, per bucket. Scrap is taken of the
/// sums: what enters in one bucket may leave in the next.
struct EntryOutputCompareChart {
    private let grid: BucketGrid
    private let input: [Int]
    private let output: [Int]
    private let lines: [LineQuestion]

    init(_ dashboard: Dashboard) throws {
        lines = dashboard.questions.filter(\.facts.isDual)
        grid = BucketGrid(dashboard.query.interval, over: lines.map { (zone: $0.zone, interval: $0.extent) })
        var input = [Int](repeating: 0, count: grid.count)
        var output = input
        for (question, column) in zip(lines, grid.columns) {
            let counts = question.facts.counts
            let counted = try CountedBuckets(question.time.counted, over: column.buckets, counts: counts)
            for (index, series) in counts.series.enumerated()
            where dashboard.selection.includes(product: series.product) {
                switch series.areaType {
                case .input: counted.add(index, of: counts, to: &input, at: column.places)
                case .output: counted.add(index, of: counts, to: &output, at: column.places)
                case .process: break
                }
            }
        }
        self.input = input
        self.output = output
    }

    func write(to json: inout JSONWriter) {
        let entered = input.reduce(0, +)
        let left = output.reduce(0, +)
        json.object { json in
            json.field("interval", grid.size.rawValue)
            json.field("unit", "units")
            json.key("line_ids")
            json.array { json in
                for question in lines { json.value(question.line.id.rawValue) }
            }
            json.field("reason", lines.isEmpty ? UndefinedReason.qualityNotMeasured.rawValue : nil)
            grid.write(to: &json)
            json.counts("input", input)
            json.counts("output", output)
            json.counts("difference", zip(input, output).map { $0 - $1 })
            json.key("totals")
            json.object { json in
                json.field("input", entered)
                json.field("output", left)
                json.field("scrap", max(0, entered - left))
                json.field("scrap_share", entered > 0 ? Double(max(0, entered - left)) / Double(entered) : nil)
            }
        }
    }
}
