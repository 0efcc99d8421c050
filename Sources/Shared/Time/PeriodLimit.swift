/// How long a period may be, counted on the calendar: a day with 25 hours is one day.
package enum PeriodLimit: Hashable, Sendable {
    case days(Int)
    case years(Int)

    /// The limit where none is given by a bucket size.
    package static let longest = PeriodLimit.years(10)

    /// As a duration of ISO 8601, e.g. `P7D`.
    package var text: String {
        switch self {
        case .days(let days): "P\(days)D"
        case .years(let years): "P\(years)Y"
        }
    }

    /// Reads what `text` writes; nil for anything else.
    package init?(text: String) {
        guard text.hasPrefix("P"), let number = Int(text.dropFirst().dropLast()), number > 0 else { return nil }
        switch text.last {
        case "D": self = .days(number)
        case "Y": self = .years(number)
        default: return nil
        }
    }

    /// True when the interval is no longer than the limit in the zone.
    package func allows(_ interval: Interval, in zone: TimeZoneRules) -> Bool {
        let start = zone.local(of: interval.start)
        switch self {
        case .days(let days):
            let length = Int64(days) * LocalDateTime.microsecondsPerDay
            return interval.length <= length || interval.end <= zone.instant(of: start + length)
        case .years(let years):
            let date = start.date
            let later = LocalDateTime(date.adding(years: years)) + (start - LocalDateTime(date))
            return interval.end <= zone.instant(of: later)
        }
    }
}
