import Foundation
import Shared

/// A stretch of the period as the worker's charts have it, named by the plants' clocks.
struct BucketData: Decodable {
    let start: String
    let end: String
    let label: String
}

/// What buckets of one size are called.
struct BucketLabels {
    let size: BucketSize
    let localisation: Localisation
    /// Labels name the days of the plants already, so their clock adds nothing.
    private let clock: PlantClock

    /// - Parameter size: the worker's word for it; workings of a shift are a day each.
    init(_ size: String, _ localisation: Localisation) {
        self.size = BucketSize(rawValue: size) ?? (size == "shift" ? .day : .hour)
        self.localisation = localisation
        clock = PlantClock("Etc/UTC", localisation)
    }

    /// The first column of a chart's table.
    func column(_ buckets: [BucketData], links: [String]? = nil) -> ChartColumn {
        .texts(
            localisation.text(.chartInterval), buckets.map(\.start), shown: buckets.map { full($0.label) },
            links: links)
    }

    /// `06:00`, and the date where the day begins.
    func axis(_ label: String) -> String {
        let parts = label.split(separator: " ")
        guard parts.count == 2 else { return date(label, size, isShort: true) }
        return parts[1] == "00:00" ? date(String(parts[0]), .day, isShort: true) : String(parts[1])
    }

    func full(_ label: String) -> String {
        let parts = label.split(separator: " ")
        guard parts.count == 2 else { return date(label, size, isShort: false) }
        return "\(date(String(parts[0]), .day, isShort: true)) \(parts[1])"
    }

    /// Labels are `YYYY-MM-DD`, `YYYY-Www` or `YYYY-MM`; what is none of them is shown as it is.
    private func date(_ label: String, _ size: BucketSize, isShort: Bool) -> String {
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
}
