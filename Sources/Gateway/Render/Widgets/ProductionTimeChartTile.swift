import Foundation
import Shared

/// Output per bucket, with the stops of a single line; drawn in the browser from `json`.
struct ProductionTimeChartTile {
    /// What `charts.js` draws. Positions of stops count buckets: 2.5 is the middle of the third one.
    private struct Chart: Encodable {
        struct Bucket: Encodable {
            /// Shown along the axis, and where the day changes.
            let axis: String
            /// Shown when pointed at, and in the table.
            let full: String
        }

        struct Series: Encodable {
            let name: String
            let color: String?
            let counts: [Double]
        }

        struct Stop: Encodable {
            let from: Double
            let to: Double
            let kind: String
            let text: String
        }

        let language: String
        let interval: String
        let buckets: [Bucket]
        let series: [Series]
        let total: [Double]
        let stops: [Stop]
        let texts: [String: String]
    }

    /// A colour of stops in the legend.
    struct Mark {
        let kind: String
        let icon: String
        let text: String
    }

    let summary: String
    let isEmpty: Bool
    /// JSON that is inert inside HTML: no `<`, `>`, `&`.
    let json: String
    let marks: [Mark]
    let hasMarks: Bool

    init(_ data: ProductionTimeChartData, _ localisation: Localisation, now: Date = Date()) {
        let size = BucketSize(rawValue: data.interval) ?? .hour
        summary = localisation.text(.chartSummary, ["interval": localisation.text(size.perKey)])
        isEmpty = data.buckets.isEmpty || (data.total.allSatisfy { $0 == 0 } && data.stops.isEmpty)
        let clock = PlantClock(data.timezone, localisation)
        let axis = BucketAxis(data.buckets, now: now)
        let stops = data.stops.compactMap { stop -> Chart.Stop? in
            guard let position = axis.position(from: stop.start, to: stop.end) else { return nil }
            let kind = Self.kind(of: stop)
            return Chart.Stop(
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
        let chart = Chart(
            language: localisation.language.rawValue,
            interval: size.rawValue,
            buckets: data.buckets.map { bucket in
                Chart.Bucket(
                    axis: Self.axisLabel(bucket.label, size, localisation),
                    full: Self.fullLabel(bucket.label, size, localisation)
                )
            },
            series: data.series.map { series in
                Chart.Series(name: series.name, color: Self.color(series.color), counts: series.counts)
            },
            total: data.total,
            stops: stops,
            texts: [
                "total": localisation.text(.chartTotal),
                "interval": localisation.text(.chartInterval),
            ]
        )
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = (try? encoder.encode(chart)) ?? Data("{}".utf8)
        json = Self.inert(String(decoding: bytes, as: UTF8.self))
    }

    /// Only `#rrggbb`; anything else lets the palette choose.
    private static func color(_ text: String?) -> String? {
        guard let text, text.utf8.count == 7, text.hasPrefix("#"), text.dropFirst().allSatisfy(\.isHexDigit) else {
            return nil
        }
        return text
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

    /// `06:00`, and the date where the day begins.
    private static func axisLabel(_ label: String, _ size: BucketSize, _ localisation: Localisation) -> String {
        let parts = label.split(separator: " ")
        guard parts.count == 2 else { return dateText(label, size, localisation, isShort: true) }
        return parts[1] == "00:00" ? dateText(String(parts[0]), .day, localisation, isShort: true) : String(parts[1])
    }

    private static func fullLabel(_ label: String, _ size: BucketSize, _ localisation: Localisation) -> String {
        let parts = label.split(separator: " ")
        guard parts.count == 2 else { return dateText(label, size, localisation, isShort: false) }
        return "\(dateText(String(parts[0]), .day, localisation, isShort: true)) \(parts[1])"
    }

    /// Labels are `YYYY-MM-DD`, `YYYY-Www` or `YYYY-MM`; what is none of them is shown as it is.
    private static func dateText(
        _ label: String,
        _ size: BucketSize,
        _ localisation: Localisation,
        isShort: Bool
    ) -> String {
        let clock = PlantClock("Etc/UTC", localisation)
        switch size {
        case .week:
            return label
        case .month:
            guard let date = PlantClock.instant("\(label)-01T00:00:00Z") else { return label }
            return clock.month(date)
        case .minute, .quarterHour, .hour, .day:
            guard let date = PlantClock.instant("\(label)T00:00:00Z") else { return label }
            return clock.day(date, withYear: !isShort)
        }
    }

    private static func inert(_ json: String) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(json.utf8.count)
        for byte in json.utf8 {
            switch byte {
            case UInt8(ascii: "<"): bytes.append(contentsOf: #"\u003c"#.utf8)
            case UInt8(ascii: ">"): bytes.append(contentsOf: #"\u003e"#.utf8)
            case UInt8(ascii: "&"): bytes.append(contentsOf: #"\u0026"#.utf8)
            default: bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

/// Where instants lie on an axis whose unit is one bucket, whatever its length.
private struct BucketAxis {
    private let edges: [Date]
    private let now: Date

    /// Buckets are adjacent and in order; without that, nothing has a position.
    init(_ buckets: [ProductionTimeChartData.Bucket], now: Date) {
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
