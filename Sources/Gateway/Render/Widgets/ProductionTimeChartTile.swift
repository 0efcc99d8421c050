import Foundation
import Shared

/// Output per bucket, with the stops of a single line; `chart_production.js` draws it.
struct ProductionTimeChartTile: TileContent {
    /// Positions of stops count buckets: 2.5 is the middle of the third one.
    private struct Drawing: Encodable {
        struct Stop: Encodable {
            let from: Double
            let to: Double
            let kind: String
            let text: String
        }

        let interval: String
        /// What is shown along the axis, the date where the day changes.
        let axis: [String]
        let stops: [Stop]
        /// The curve that was chosen; nil: bars where there is room for them.
        let curve: String?
        /// The places of the buckets with the most; nil: none is marked.
        let peaks: [Int]?
    }

    /// A colour of stops in the legend.
    struct Mark {
        let kind: String
        let icon: String
        let text: String
    }

    let summary: String?
    let empty: EmptyTile?
    let kind = "production"
    let json: String
    let marks: [Mark]
    let hasMarks: Bool
    /// The peak, where it is marked.
    let totals: [ChartTile.Total]
    let hasTotals: Bool
    let note: String?

    init(_ data: ProductionTimeChartData, _ context: TileContext) {
        let localisation = context.localisation
        let labels = BucketLabels(data.interval, localisation)
        summary = localisation.text(.chartSummary, ["interval": localisation.text(labels.size.perKey)])
        let isEmpty = data.buckets.isEmpty || (data.total.allSatisfy { $0 == 0 } && data.stops.isEmpty)
        empty = isEmpty ? EmptyTile(icon: "bars", text: localisation.text(.chartEmpty)) : nil
        note = context.isMultiLine && context.view.showsDowntime ? localisation.text(.chartOneLine) : nil
        let clock = PlantClock(data.timezone, localisation)
        let axis = BucketAxis(data.buckets, now: context.now)
        let stops = data.stops.compactMap { stop -> Drawing.Stop? in
            guard let position = axis.position(from: stop.start, to: stop.end) else { return nil }
            let kind = Self.kind(of: stop)
            return Drawing.Stop(
                from: position.from,
                to: position.to,
                kind: kind,
                text: Self.text(of: stop, kind, clock, localisation)
            )
        }
        marks = [
            ("justified", "check", TextKey.chartStopJustified),
            ("registered", "pen", .chartStopRegistered),
            ("calculated", "question", .chartStopCalculated),
        ].compactMap { kind, icon, key in
            guard stops.contains(where: { $0.kind == kind }) else { return nil }
            return Mark(kind: kind, icon: icon, text: localisation.text(key))
        }
        hasMarks = !marks.isEmpty
        let peaks = (data.peaks ?? []).filter(data.total.indices.contains)
        totals =
            peaks.first.map { first in
                [
                    ChartTile.Total(
                        name: localisation.text(
                            peaks.count == 1 ? .chartPeakOne : .chartPeakOther,
                            ["n": "\(peaks.count)", "time": labels.full(data.buckets[first].label)]),
                        value: localisation.integer(data.total[first]))
                ]
            } ?? []
        hasTotals = !totals.isEmpty
        let products =
            data.series.count > 1
            ? data.series.map { ChartColumn.numbers($0.name, .count, $0.counts, color: $0.color) } : []
        let total = ChartColumn.numbers(
            localisation.text(.chartTotal), .count, data.total,
            color: data.series.count == 1 ? data.series[0].color : nil)
        json =
            ChartData(
                [labels.column(data.buckets)] + products + [total],
                Drawing(
                    interval: labels.size.rawValue, axis: data.buckets.map { labels.axis($0.label) }, stops: stops,
                    curve: context.view.curve?.rawValue, peaks: peaks.isEmpty ? nil : peaks),
                localisation
            ).json
    }

    private static func kind(of stop: ProductionTimeChartData.Stop) -> String {
        if stop.justified { return "justified" }
        return stop.source == "registered" ? "registered" : "calculated"
    }

    private static func text(
        of stop: ProductionTimeChartData.Stop,
        _ kind: String,
        _ clock: PlantClock,
        _ localisation: Localisation
    ) -> String {
        guard let start = PlantClock.instant(stop.start) else { return "" }
        let end = stop.end.flatMap(PlantClock.instant)
        let until = end.map { clock.moment($0, besides: start) } ?? localisation.text(.chartStopOpen)
        let key: TextKey =
            switch kind {
            case "justified": .chartStopJustified
            case "registered": .chartStopRegistered
            default: stop.kind == "micro" ? .chartStopMicro : .chartStopCalculated
            }
        let cause = stop.reason.map { ": \($0)" } ?? ""
        return "\(clock.time(start))–\(until) · \(localisation.text(key))\(cause)"
    }
}

/// Where instants lie on an axis whose unit is one bucket, whatever its length.
private struct BucketAxis {
    private let edges: [Date]
    private let now: Date

    /// Buckets are adjacent and in order; without that, nothing has a position.
    init(_ buckets: [BucketData], now: Date) {
        self.now = now
        var edges = buckets.compactMap { PlantClock.instant($0.start) }
        if let last = buckets.last, let end = PlantClock.instant(last.end) { edges.append(end) }
        self.edges = edges.count == buckets.count + 1 ? edges : []
    }

    /// Clipped to the axis, nil outside it; a stop without an end lasts until now.
    func position(from start: String, to end: String?) -> (from: Double, to: Double)? {
        guard let first = edges.first, let last = edges.last, let start = PlantClock.instant(start) else { return nil }
        let end = end.flatMap(PlantClock.instant) ?? now
        guard end > first, start < last else { return nil }
        return (position(max(start, first)), position(min(end, last)))
    }

    private func position(_ date: Date) -> Double {
        var low = 0
        var high = edges.count - 2
        while low < high {
            let middle = (low + high + 1) / 2
            if edges[middle] <= date { low = middle } else { high = middle - 1 }
        }
        let length = edges[low + 1].timeIntervalSince(edges[low])
        let inside = length > 0 ? date.timeIntervalSince(edges[low]) / length : 0
        return ((Double(low) + inside) * 1_000).rounded() / 1_000
    }
}
