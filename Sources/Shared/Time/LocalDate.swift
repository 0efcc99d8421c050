/// A day of the proleptic Gregorian calendar, without a time zone.
package struct LocalDate: Hashable, Comparable, Sendable {
    /// Days since 1970-01-01, negative before.
    package let dayNumber: Int

    package init(dayNumber: Int) {
        self.dayNumber = dayNumber
    }

    /// Nil when there is no such day, or its year is not of four digits.
    package init?(year: Int, month: Int, day: Int) {
        guard (0...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= Self.length(ofMonth: month, year: year)
        else { return nil }
        self.init(rolledYear: year, month: month, day: day)
    }

    /// The day `day - 1` days after the first of a month that exists; any year.
    init(rolledYear year: Int, month: Int, day: Int) {
        // Years are counted from March, so that the leap day is the last of its year.
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.dayNumber = era * Self.daysPerCycle + dayOfEra - 719_468
    }

    /// Reads `YYYY-MM-DD` and nothing else.
    package init(parsing bytes: Span<UInt8>) throws(TimeTextError) {
        guard bytes.count == 10 else { throw .malformed }
        try self.init(leading: bytes)
    }

    /// Reads `YYYY-MM-DD` and nothing else.
    package init(parsing text: String) throws(TimeTextError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// Reads the first ten bytes.
    init(leading bytes: Span<UInt8>) throws(TimeTextError) {
        guard let year = bytes.decimal(at: 0, count: 4), bytes.holds("-", at: 4),
            let month = bytes.decimal(at: 5, count: 2), bytes.holds("-", at: 7),
            let day = bytes.decimal(at: 8, count: 2)
        else { throw .malformed }
        guard let date = LocalDate(year: year, month: month, day: day) else { throw .impossibleDate }
        self = date
    }

    /// Days in 400 years, after which the calendar repeats, weekdays included.
    static let daysPerCycle = 146_097

    package static func < (left: LocalDate, right: LocalDate) -> Bool {
        left.dayNumber < right.dayNumber
    }

    package static func + (date: LocalDate, days: Int) -> LocalDate {
        LocalDate(dayNumber: date.dayNumber + days)
    }

    /// Days from `right` to `left`.
    package static func - (left: LocalDate, right: LocalDate) -> Int {
        left.dayNumber - right.dayNumber
    }

    /// Year, month 1–12 and day of the month 1–31.
    package var components: (year: Int, month: Int, day: Int) {
        let shifted = dayNumber + 719_468
        let era = (shifted >= 0 ? shifted : shifted - (Self.daysPerCycle - 1)) / Self.daysPerCycle
        let dayOfEra = shifted - era * Self.daysPerCycle
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    package var year: Int { components.year }

    /// ISO weekday: Monday is 1, Sunday 7.
    package var weekday: Int {
        let sinceMonday = (dayNumber + 3) % 7
        return (sinceMonday < 0 ? sinceMonday + 7 : sinceMonday) + 1
    }

    /// The Monday on or before this day.
    package var weekStart: LocalDate { self + (1 - weekday) }

    /// The first day of this day's month.
    package var monthStart: LocalDate { self + (1 - components.day) }

    /// The first day of the month after this day's.
    package var nextMonthStart: LocalDate {
        let (year, month, _) = components
        return LocalDate(rolledYear: year, month: month, day: 1 + Self.length(ofMonth: month, year: year))
    }

    /// ISO 8601 week and the year it belongs to, which around New Year may not be the day's own.
    package var week: (year: Int, number: Int) {
        let thursday = self + (4 - weekday)
        let year = thursday.year
        return (year, (thursday - LocalDate(rolledYear: year, month: 1, day: 1)) / 7 + 1)
    }

    /// The same day that many years later; 29 February becomes 1 March in a common year.
    package func adding(years: Int) -> LocalDate {
        let (year, month, day) = components
        return LocalDate(rolledYear: year + years, month: month, day: day)
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool {
        year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    }

    /// Appends `YYYY-MM-DD`.
    package func append(to bytes: inout [UInt8]) {
        let (year, month, day) = components
        bytes.appendDecimal(year, width: 4)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(month, width: 2)
        bytes.append(UInt8(ascii: "-"))
        bytes.appendDecimal(day, width: 2)
    }
}

extension LocalDate: CustomStringConvertible {
    /// `YYYY-MM-DD`.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
