import ManufacturingKPI
import Shared

/// KpiOee, KpiAvailability, KpiPerformance and KpiQuality.
struct RatioTile {
    private let dashboard: Dashboard
    private let figure: KeyPath<LineIndicators, Figure>
    private let raw: KeyPath<LineIndicators, Figure>

    init(
        _ dashboard: Dashboard,
        _ figure: KeyPath<LineIndicators, Figure>,
        raw: KeyPath<LineIndicators, Figure>
    ) {
        self.dashboard = dashboard
        self.figure = figure
        self.raw = raw
    }

    func write(to json: inout JSONWriter) throws {
        let current = try dashboard.current.get()
        let previous = try dashboard.previous.get()
        let spark = try dashboard.spark.get()
        json.object { json in
            json.field("value", current[keyPath: figure].value)
            json.field("unit", "ratio")
            json.field("raw_value", current[keyPath: raw].value)
            json.field("reason", current[keyPath: figure].reason?.rawValue)
            json.field("planned_seconds", seconds: current.sums.planned)
            json.field("downtime_seconds", seconds: current.sums.downtime)
            json.field("runtime_seconds", seconds: current.runtime)
            json.field("target", target)
            json.flags(current.flags)
            json.trend(
                Trend(
                    current: current[keyPath: figure].value,
                    previous: previous?[keyPath: figure].value,
                    scale: .ratio,
                    higherIsBetter: true
                ), of: dashboard)
            json.numbers("spark", spark.figures.map { $0?[keyPath: figure].value })
        }
    }

    /// The line's own target, where one line is asked for and the figure is its OEE.
    private var target: Double? {
        guard figure == \LineIndicators.oee, dashboard.questions.count == 1 else { return nil }
        return dashboard.questions[0].line.version(at: dashboard.now).targetOEE
    }
}
