/// The rule for times after a zone file's last transition: the POSIX TZ string at its end.
struct TimeZoneFooter: Hashable, Sendable {
    /// Seconds east of Greenwich outside daylight saving time.
    let standardOffset: Int
    let daylight: Daylight?

    /// The part of the year with another offset; it may be the smaller one, as in Ireland's winter.
    struct Daylight: Hashable, Sendable {
        /// Seconds east of Greenwich.
        let offset: Int
        /// When it begins, on the clock of standard time.
        let start: Change
        /// When it ends, on its own clock.
        let end: Change
    }

    /// A day of each year and a time on it.
    struct Change: Hashable, Sendable {
        let day: Day
        /// Seconds after 00:00 of the day, -167 to +167 hours.
        let time: Int

        enum Day: Hashable, Sendable {
            /// `Jn`: 1–365, 29 February never counted.
            case commonYearDay(Int)
            /// `n`: 0–365, 29 February counted.
            case yearDay(Int)
            /// `Mm.w.d`: the w-th (5: last) weekday d of month m, Sunday 0.
            case monthWeekday(month: Int, week: Int, weekday: Int)
        }

        /// Seconds on the clock since 1970-01-01T00:00.
        func clockSeconds(inYear year: Int) -> Int64 {
            let newYear = LocalDate(rolledYear: year, month: 1, day: 1)
            let date: LocalDate
            switch day {
            case .commonYearDay(let number):
                date = newYear + (number - 1 + (number > 59 && LocalDate.isLeap(year) ? 1 : 0))
            case .yearDay(let number):
                date = newYear + number
            case .monthWeekday(let month, let week, let weekday):
                let first = LocalDate(rolledYear: year, month: month, day: 1)
                let ahead = (weekday - first.weekday % 7 + 7) % 7
                let inMonth = ahead + (week - 1) * 7
                date = first + (inMonth < LocalDate.length(ofMonth: month, year: year) ? inMonth : inMonth - 7)
            }
            return Int64(date.dayNumber) * 86_400 + Int64(time)
        }
    }

    /// Reads a TZ string such as `CET-1CEST,M3.5.0,M10.5.0/3`; nil when it is none.
    ///
    /// A daylight name without its dates is refused, as the dates would have to be guessed.
    init?(parsing bytes: Span<UInt8>) {
        var reader = Reader(index: 0)
        guard reader.skipName(bytes), let west = reader.offset(bytes) else { return nil }
        standardOffset = -west
        if reader.index == bytes.count {
            daylight = nil
            return
        }
        guard reader.skipName(bytes) else { return nil }
        var offset = standardOffset + 3_600
        if !bytes.holds(",", at: reader.index) {
            guard let west = reader.offset(bytes) else { return nil }
            offset = -west
        }
        guard reader.skip(",", bytes), let start = reader.change(bytes), reader.skip(",", bytes),
            let end = reader.change(bytes), reader.index == bytes.count
        else { return nil }
        daylight = Daylight(offset: offset, start: start, end: end)
    }

    /// The changes of the years as UTC seconds and the offset from then on, ascending; empty without daylight saving.
    func transitions(inYears years: ClosedRange<Int>) -> [(at: Int64, offset: Int)] {
        guard let daylight else { return [] }
        var changes: [(at: Int64, offset: Int)] = []
        changes.reserveCapacity(years.count * 2)
        for year in years {
            let start = (
                at: daylight.start.clockSeconds(inYear: year) - Int64(standardOffset), offset: daylight.offset
            )
            let end = (
                at: daylight.end.clockSeconds(inYear: year) - Int64(daylight.offset), offset: standardOffset
            )
            for change in start.at <= end.at ? [start, end] : [end, start] {
                // A year's last change may fall on the next year's first (daylight saving all year): the later wins.
                if let last = changes.last, last.at >= change.at {
                    changes.removeLast()
                }
                changes.append(change)
            }
        }
        return changes
    }

    /// A place in the string. Each method consumes what it reads and answers nil or false at anything else.
    private struct Reader {
        var index: Int

        mutating func skip(_ character: Unicode.Scalar, _ bytes: Span<UInt8>) -> Bool {
            guard bytes.holds(character, at: index) else { return false }
            index += 1
            return true
        }

        /// Three letters or more, or anything of letters, digits and signs in `<>`.
        mutating func skipName(_ bytes: Span<UInt8>) -> Bool {
            let isQuoted = skip("<", bytes)
            let start = index
            while index < bytes.count {
                switch bytes[index] {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): index += 1
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                    guard isQuoted else { return index - start >= 3 }
                    index += 1
                default:
                    return index - start >= 3 && (!isQuoted || skip(">", bytes))
                }
            }
            return !isQuoted && index - start >= 3
        }

        mutating func number(_ bytes: Span<UInt8>, _ allowed: ClosedRange<Int>) -> Int? {
            var value: Int?
            while let digit = bytes.decimal(at: index, count: 1) {
                let next = (value ?? 0) * 10 + digit
                guard next <= allowed.upperBound else { return nil }
                value = next
                index += 1
            }
            guard let value, allowed.contains(value) else { return nil }
            return value
        }

        /// `[+-]h[h[h]][:mm[:ss]]` in seconds.
        mutating func time(_ bytes: Span<UInt8>, hours: ClosedRange<Int>) -> Int? {
            let isNegative = skip("-", bytes)
            if !isNegative { _ = skip("+", bytes) }
            guard let hour = number(bytes, hours) else { return nil }
            var seconds = hour * 3_600
            for unit in [60, 1] where skip(":", bytes) {
                guard let value = number(bytes, 0...59) else { return nil }
                seconds += value * unit
            }
            return isNegative ? -seconds : seconds
        }

        /// Seconds west of Greenwich, as POSIX counts them.
        mutating func offset(_ bytes: Span<UInt8>) -> Int? {
            time(bytes, hours: 0...24)
        }

        mutating func change(_ bytes: Span<UInt8>) -> Change? {
            let day: Change.Day
            if skip("M", bytes) {
                guard let month = number(bytes, 1...12), skip(".", bytes), let week = number(bytes, 1...5),
                    skip(".", bytes), let weekday = number(bytes, 0...6)
                else { return nil }
                day = .monthWeekday(month: month, week: week, weekday: weekday)
            } else if skip("J", bytes) {
                guard let value = number(bytes, 1...365) else { return nil }
                day = .commonYearDay(value)
            } else {
                guard let value = number(bytes, 0...365) else { return nil }
                day = .yearDay(value)
            }
            guard skip("/", bytes) else { return Change(day: day, time: 7_200) }
            guard let time = time(bytes, hours: 0...167) else { return nil }
            return Change(day: day, time: time)
        }
    }
}
