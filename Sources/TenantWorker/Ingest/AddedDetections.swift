import ManufacturingKPI
import Shared

/// Detections of a line that are thought of and not stored.
struct AddedDetections: Sendable {
    struct Row: Sendable {
        /// Microseconds.
        let instant: Int64
        let area: AreaID
        let product: ProductID
    }

    /// In the order of time.
    private(set) var rows: [Row]

    init(_ rows: [Row]) {
        self.rows = rows.sorted { $0.instant < $1.instant }
    }

    var first: Instant? { rows.first.map { Instant(microseconds: $0.instant) } }

    /// How many of them lie in an interval.
    func count(in interval: Interval) -> Int {
        place(of: interval.end.microseconds) - place(of: interval.start.microseconds)
    }

    /// Those of an interval by area and product.
    func counts(in interval: Interval) -> [CountDetectionsInStretch.Row] {
        var counts: [CountDetectionsInStretch.Row] = []
        for row in rows[place(of: interval.start.microseconds)..<place(of: interval.end.microseconds)] {
            if let index = counts.firstIndex(where: { $0.area == row.area && $0.product == row.product }) {
                counts[index].detections += 1
            } else {
                counts.append(CountDetectionsInStretch.Row(area: row.area, product: row.product, detections: 1))
            }
        }
        return counts
    }

    /// The index of the first row at an instant or later.
    private func place(of instant: Int64) -> Int {
        var (low, high) = (0, rows.count)
        while low < high {
            let middle = (low + high) / 2
            if rows[middle].instant < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension LineTimeline {
    /// The timeline as it would be with more detections, none of them before it begins where the line's history goes further
    /// back.
    func adding(_ added: AddedDetections, model: PlantModel) -> LineTimeline {
        guard let last = added.rows.last else { return self }
        struct Key: Hashable {
            let area: AreaID
            let product: ProductID
        }
        var counts: [Key: [Int64: UInt32]] = [:]
        for row in added.rows {
            let minute = Instant(microseconds: row.instant).minute
            counts[Key(area: row.area, product: row.product), default: [:]][minute, default: 0] += 1
        }
        var series = series.map { own in
            counts.removeValue(forKey: Key(area: own.area, product: own.product)).map { own.adding($0) } ?? own
        }
        for (key, counts) in counts {
            series.append(
                MinuteSeries(
                    area: key.area, areaType: model.area(key.area)?.type ?? .process, product: key.product
                ).adding(counts))
        }
        let lastAdded = Instant(microseconds: last.instant)
        return LineTimeline(
            version: version,
            firstMinute: min(firstMinute, added.first?.minute ?? firstMinute),
            series: series.sorted { ($0.area, $0.product) < ($1.area, $1.product) },
            gaps: gaps.adding(added.rows.map(\.instant), floor: gapFloor),
            gapFloor: gapFloor,
            lastDetection: lastDetection.map { max($0, lastAdded) } ?? lastAdded
        )
    }
}
