import ManufacturingKPI
import Shared

/// OeeTrendChart: the factors and the OEE per day, week or month, or per working of the chosen shift.
struct OeeTrendChart {
    private let dashboard: Dashboard
    private let figures: BucketFigures
    private let size: BucketSize

    init(_ dashboard: Dashboard) throws {
        self.dashboard = dashboard
        size = Self.size(of: dashboard.query.interval)
        figures = try dashboard.figures(per: size)
    }

    /// The size of its buckets where others have an interval.
    static func size(of interval: BucketSize) -> BucketSize {
        switch interval {
        case .minute, .quarterHour, .hour, .day: .day
        case .week: .week
        case .month: .month
        }
    }

    func write(to json: inout JSONWriter) {
        let isByShift = size == .day && dashboard.query.analysis.shift != nil
        json.object { json in
            json.field("interval", isByShift ? IndicatorInterval.shift.rawValue : size.rawValue)
            json.field("unit", "ratio")
            json.key("buckets")
            json.array { json in
                for place in 0..<figures.grid.count {
                    json.object { json in
                        figures.grid.write(place, to: &json)
                        write(figures.totals[place], to: &json)
                        json.field("target", target(at: place))
                    }
                }
            }
            json.field("target", target(at: figures.totals.lastIndex { $0 != nil }))
        }
    }

    private func write(_ indicators: LineIndicators?, to json: inout JSONWriter) {
        json.field("availability", indicators?.availability.value)
        json.field("performance", indicators?.performance.value)
        json.field("quality", indicators?.quality.value)
        json.field("oee", indicators?.oee.value)
        json.field("reason", indicators?.oee.reason?.rawValue)
        json.field("planned_seconds", seconds: indicators?.sums.planned)
        json.field("downtime_seconds", seconds: indicators?.sums.downtime)
        json.field("stops", indicators?.sums.stops)
        json.field("total_production", indicators?.sums.totalProduction)
    }

    /// The target of a bucket: a line's own at its beginning, or the mean of several lines' by their planned time; nil
    /// where a line that was planned has none.
    private func target(at place: Int?) -> Double? {
        guard let place else { return nil }
        let start = figures.grid.bounds[place].start
        let targets = dashboard.questions.map { $0.facts.settings.version(at: $0.calendarStart(start)).targetOEE }
        if targets.count == 1 { return targets[0] }
        var planned = 0.0
        var wanted = 0.0
        for (target, figures) in zip(targets, figures.lines) {
            guard let seconds = figures[place]?.sums.planned.seconds, seconds > 0 else { continue }
            guard let target else { return nil }
            planned += seconds
            wanted += seconds * target
        }
        return planned > 0 ? wanted / planned : nil
    }
}

extension LineQuestion {
    /// An instant, but not before the period: a first week or month begins before what was asked for.
    fileprivate func calendarStart(_ instant: Instant) -> Instant { max(instant, period.interval.start) }
}
