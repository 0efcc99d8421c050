import Shared

/// How many detections the product counts by day of a line, of all its areas.
struct CountedDetections {
    private struct Production: Decodable {
        struct Bucket: Decodable {
            let label: String
            let series: [String: Int]
        }

        let buckets: [Bucket]
    }

    /// One question may be of five years by day.
    private static let daysAtOnce = 1_800

    private(set) var days: [LineDate: Int] = [:]

    /// Asks for the days, whatever lies between them.
    init(of wanted: some Sequence<LineDate>, _ api: PublicAPI) async throws {
        for (line, days) in Dictionary(grouping: wanted, by: \.line) {
            let dates = days.map(\.date).sorted()
            var rest = dates[...]
            while let first = rest.first {
                let together = rest.prefix { $0 - first < Self.daysAtOnce }
                guard let last = together.last else { break }
                try await read(line, first...last, Set(together), api)
                rest = rest.dropFirst(together.count)
            }
        }
    }

    init(_ counted: [ImportJournal.DayCount]) throws {
        for count in counted {
            days[LineDate(line: LineID(count.line), date: try LocalDate(parsing: count.date))] = count.detections
        }
    }

    var forJournal: [ImportJournal.DayCount] {
        days.keys.sorted().map { day in
            ImportJournal.DayCount(
                line: day.line.rawValue, date: day.date.description, detections: days[day] ?? 0)
        }
    }

    private mutating func read(
        _ line: LineID, _ dates: ClosedRange<LocalDate>, _ wanted: Set<LocalDate>, _ api: PublicAPI
    ) async throws {
        let production: Production = try await api.read(
            "/api/v1/production?line_id=\(line.rawValue)&from=\(dates.lowerBound)&to=\(dates.upperBound)"
                + "&interval=day&split_by=area")
        for date in wanted { days[LineDate(line: line, date: date)] = 0 }
        for bucket in production.buckets {
            guard let date = try? LocalDate(parsing: bucket.label), wanted.contains(date) else { continue }
            days[LineDate(line: line, date: date)] = bucket.series.values.reduce(0, +)
        }
    }
}
