/// From when on a version of something holds, as a client writes it.
package enum ValidFrom: Hashable, Sendable {
    case instant(Instant)
    /// 00:00 of that day in the plant's zone.
    case date(LocalDate)
}

extension JSONFields {
    /// An instant with offset, or a local date of the years of a period.
    package mutating func validFrom() -> ValidFrom? {
        note("valid_from", .either([.instant, .date]))
        guard let text = plainString("valid_from") else { return nil }
        if let date = try? LocalDate(parsing: text), PeriodBound.years.contains(date.year) { return .date(date) }
        if let instant = try? Instant(iso8601: text) { return .instant(instant) }
        fault("valid_from", .invalidTime, limit: "YYYY-MM-DD, YYYY-MM-DDTHH:MM:SSZ")
        return nil
    }

    /// An instant with offset.
    package mutating func instant(_ name: String) -> Instant? {
        note(name, .instant)
        guard let text = plainString(name) else { return nil }
        guard let instant = try? Instant(iso8601: text) else {
            fault(name, .invalidTime, limit: "YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
        return instant
    }

    /// An instant with offset that is a whole minute.
    package mutating func wholeMinute(_ name: String) -> Instant? {
        note(name, JSONShape.instant.described("A whole minute."))
        guard let instant = instant(name) else { return nil }
        guard instant.microseconds % Instant.microsecondsPerMinute == 0 else {
            fault(name, .invalidTime, limit: "HH:MM:00")
            return nil
        }
        return instant
    }

    /// A time of the day, `HH:MM`.
    package mutating func localTime(_ name: String) -> LocalTime? {
        note(name, .timeOfDay)
        guard let text = plainString(name) else { return nil }
        guard let time = try? LocalTime(parsing: text) else {
            fault(name, .invalidTime, limit: "HH:MM")
            return nil
        }
        return time
    }
}
