/// What a wall clock shows: a date and a time of day, without a time zone.
package struct LocalDateTime: Hashable, Comparable, Sendable {
    /// Microseconds the clock is past its own 1970-01-01T00:00, as if it never were put forward or back.
    package let microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// The time `minutes` after 00:00 of `date` on the clock; a day's minutes or more reach into later dates.
    package init(_ date: LocalDate, minutes: Int = 0) {
        self.microseconds =
            Int64(date.dayNumber) * Self.microsecondsPerDay + Int64(minutes) * Instant.microsecondsPerMinute
    }

    package init(_ date: LocalDate, _ time: LocalTime) {
        self.init(date, minutes: time.minuteOfDay)
    }

    /// Reads `YYYY-MM-DDTHH:MM` and nothing else.
    package init(parsing bytes: Span<UInt8>) throws(TimeTextError) {
        guard bytes.count == 16, bytes.holds("T", at: 10) else { throw .malformed }
        let date = try LocalDate(leading: bytes)
        let time = try LocalTime(bytes, at: 11)
        self.init(date, time)
    }

    /// Reads `YYYY-MM-DDTHH:MM` and nothing else.
    package init(parsing text: String) throws(TimeTextError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    package static let microsecondsPerDay: Int64 = 86_400_000_000

    package static func < (left: LocalDateTime, right: LocalDateTime) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (local: LocalDateTime, microseconds: Int64) -> LocalDateTime {
        LocalDateTime(microseconds: local.microseconds + microseconds)
    }

    /// Microseconds from `right` to `left` on the clock.
    package static func - (left: LocalDateTime, right: LocalDateTime) -> Int64 {
        left.microseconds - right.microseconds
    }

    package var date: LocalDate {
        LocalDate(dayNumber: Int(microseconds.flooredDivision(by: Self.microsecondsPerDay)))
    }

    /// Whole minutes since 00:00 of its date, 0–1439.
    package var minuteOfDay: Int {
        let minutes = microseconds.flooredDivision(by: Instant.microsecondsPerMinute)
        let perDay = Int64(LocalTime.minutesPerDay)
        return Int(minutes - minutes.flooredDivision(by: perDay) * perDay)
    }

    /// Rounded down to a multiple of `unit` microseconds since the clock's 1970.
    func floored(to unit: Int64) -> LocalDateTime {
        LocalDateTime(microseconds: microseconds.flooredDivision(by: unit) * unit)
    }

    /// Appends `YYYY-MM-DD`, the separator and `HH:MM`.
    package func append(to bytes: inout [UInt8], separator: Unicode.Scalar = "T") {
        date.append(to: &bytes)
        bytes.append(UInt8(ascii: separator))
        let minutes = minuteOfDay
        bytes.appendDecimal(minutes / 60, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(minutes % 60, width: 2)
    }
}

extension LocalDateTime: CustomStringConvertible {
    /// `YYYY-MM-DDTHH:MM`; seconds are not shown.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
