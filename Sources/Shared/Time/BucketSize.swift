/// The length of the buckets of a series; all are floored on the clock of a zone.
package enum BucketSize: String, CaseIterable, Hashable, Sendable {
    case minute
    case quarterHour = "15min"
    case hour
    case day
    /// From Monday on.
    case week
    case month

    /// The longest period that may be asked for in buckets of this size.
    package var limit: PeriodLimit {
        switch self {
        case .minute: .days(7)
        case .quarterHour: .days(62)
        case .hour: .days(366)
        case .day: .years(5)
        case .week, .month: .years(10)
        }
    }

    /// Microseconds on the clock of a size shorter than a day, nil for the others.
    var clockLength: Int64? {
        switch self {
        case .minute: Instant.microsecondsPerMinute
        case .quarterHour: 15 * Instant.microsecondsPerMinute
        case .hour: 60 * Instant.microsecondsPerMinute
        case .day, .week, .month: nil
        }
    }

    /// The first date of the bucket a date lies in.
    func firstDate(of date: LocalDate) -> LocalDate {
        switch self {
        case .minute, .quarterHour, .hour, .day: date
        case .week: date.weekStart
        case .month: date.monthStart
        }
    }

    /// The first date of the bucket after the one that begins with `first`.
    func nextDate(after first: LocalDate) -> LocalDate {
        switch self {
        case .minute, .quarterHour, .hour, .day: first + 1
        case .week: first + 7
        case .month: first.nextMonthStart
        }
    }

    /// Appends the label of the bucket that begins at `local` on the clock: `YYYY-MM-DD HH:MM`, `YYYY-MM-DD`,
    /// `YYYY-Www` or `YYYY-MM`.
    package func appendLabel(of local: LocalDateTime, to bytes: inout [UInt8]) {
        switch self {
        case .minute, .quarterHour, .hour:
            local.append(to: &bytes, separator: " ")
        case .day:
            local.date.append(to: &bytes)
        case .week:
            let (year, number) = local.date.week
            bytes.appendDecimal(year, width: 4)
            bytes.append(contentsOf: "-W".utf8)
            bytes.appendDecimal(number, width: 2)
        case .month:
            let (year, month, _) = local.date.components
            bytes.appendDecimal(year, width: 4)
            bytes.append(UInt8(ascii: "-"))
            bytes.appendDecimal(month, width: 2)
        }
    }
}
