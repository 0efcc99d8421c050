/// One end of a period as a person or program wrote it: an instant, or a date or minute on the clock of a plant.
package enum PeriodBound: Hashable, Sendable {
    case instant(Instant)
    /// A bare date: as a start its 00:00, as an end the whole day included.
    case date(LocalDate)
    /// A time on the clock, to the minute. As an end 23:59 means up to the next midnight.
    case clock(LocalDate, LocalTime)

    /// Years a bound may lie in: those in which the day after still has a year of four digits.
    package static let years = 1970...9998

    /// What is read as a bound.
    package static let shape = JSONShape.either([
        .instant, .date,
        .text(pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]$", example: "2026-03-04T06:00"),
    ])

    /// Reads `YYYY-MM-DD`, `YYYY-MM-DDTHH:MM`, or an instant with `Z` or `±HH:MM`.
    ///
    /// - Throws: what `Instant(iso8601:)` does; `.missingOffset` also for a local time with seconds.
    package init(parsing bytes: Span<UInt8>) throws(TimeTextError) {
        switch bytes.count {
        case 10:
            try self.init(date: LocalDate(parsing: bytes), time: nil)
        case 16:
            let local = try LocalDateTime(parsing: bytes)
            try self.init(date: local.date, time: LocalTime(bytes, at: 11))
        default:
            let instant = try Instant(iso8601: bytes)
            try Self.check(TimeZoneRules.utc.local(of: instant).date)
            self = .instant(instant)
        }
    }

    /// Reads the same from a string.
    package init(parsing text: String) throws(TimeTextError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// A date with an optional time of day, as the filter of a date range has them.
    /// - Throws: `.beforeFirstYear` or `.afterLastYear`.
    package init(date: LocalDate, time: LocalTime?) throws(TimeTextError) {
        try Self.check(date)
        self = time.map { .clock(date, $0) } ?? .date(date)
    }

    /// In the form it is read from; an instant in UTC.
    package var text: String {
        switch self {
        case .instant(let instant): instant.description
        case .date(let date): date.description
        case .clock(let date, let time): "\(date)T\(time)"
        }
    }

    private static func check(_ date: LocalDate) throws(TimeTextError) {
        let year = date.year
        guard year >= years.lowerBound else { throw .beforeFirstYear }
        guard year <= years.upperBound else { throw .afterLastYear }
    }

    /// Where a bound lies: on the time line, or on a clock whose zone is not known yet.
    enum Place {
        case instant(Instant)
        case clock(LocalDateTime)

        func instant(in zone: TimeZoneRules) -> Instant {
            switch self {
            case .instant(let instant): instant
            case .clock(let local): zone.instant(of: local)
            }
        }
    }

    /// Where a period with this start begins.
    var placeAsStart: Place {
        switch self {
        case .instant(let instant): .instant(instant)
        case .date(let date): .clock(LocalDateTime(date))
        case .clock(let date, let time): .clock(LocalDateTime(date, time))
        }
    }

    /// Where a period with this end stops.
    var placeAsEnd: Place {
        switch self {
        case .instant(let instant): .instant(instant)
        case .date(let date): .clock(LocalDateTime(date + 1))
        case .clock(let date, let time): .clock(endsDay ? LocalDateTime(date + 1) : LocalDateTime(date, time))
        }
    }

    /// True for 23:59 written out.
    var endsDay: Bool {
        switch self {
        case .instant, .date: false
        case .clock(_, let time): time.minuteOfDay == LocalTime.minutesPerDay - 1
        }
    }
}
