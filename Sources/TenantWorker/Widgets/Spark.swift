import ManufacturingKPI
import Shared

/// The small line under a figure: the period in at most 48 parts that begin at whole hours, days, weeks or months.
struct Spark {
    private static let most = 48

    /// Of all lines together; nil where a part has not begun.
    let figures: [LineIndicators?]
    /// Units and grams in each part, as filtered.
    let units: [Int?]
    let grams: [Int64?]

    init(_ dashboard: Dashboard) throws {
        guard let size = Self.size(of: dashboard.questions) else {
            (figures, units, grams) = ([], [], [])
            return
        }
        let all = try dashboard.figures(per: size)
        figures = all.totals.suffix(Self.most)
        guard dashboard.selection.isFiltering else {
            units = figures.map { $0?.sums.totalProduction }
            grams = figures.map { $0?.sums.weightGrams }
            return
        }
        var units = [Int?](repeating: nil, count: all.grid.count)
        var grams = [Int64?](repeating: nil, count: all.grid.count)
        for (question, column) in zip(dashboard.questions, all.grid.columns) {
            let times = question.times(in: column.buckets, shift: dashboard.query.analysis.shift)
            for (time, place) in zip(times, column.places) where place >= all.grid.count - Self.most {
                guard let time else { continue }
                let products = try question.facts.products(over: time, where: dashboard.selection.includes)
                units[place] = (units[place] ?? 0) + products.reduce(0) { $0 + $1.units }
                grams[place] = (grams[place] ?? 0) + products.reduce(0) { $0 + $1.weightGrams }
            }
        }
        self.units = units.suffix(Self.most)
        self.grams = grams.suffix(Self.most)
    }

    /// The size of the parts; nil for an empty period.
    static func size(of questions: [LineQuestion]) -> BucketSize? {
        guard let length = questions.map(\.period.interval.length).max(), length > 0 else { return nil }
        let day = LocalDateTime.microsecondsPerDay
        switch length {
        case ...(2 * day): return .hour
        case ...(Int64(most) * day): return .day
        case ...(Int64(most) * 7 * day): return .week
        default: return .month
        }
    }
}
