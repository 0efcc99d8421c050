import Shared
import Testing

@Suite("Local dates and times")
struct LocalDateTests {
    @Test("every day of 0000–9999 follows the one before and reads back what it writes")
    func everyDay() throws {
        let first = try #require(LocalDate(year: 0, month: 1, day: 1))
        let last = try #require(LocalDate(year: 9999, month: 12, day: 31))
        #expect(last - first == 3_652_424)
        var expected = (year: 0, month: 1, day: 1)
        for number in first.dayNumber...last.dayNumber {
            let date = LocalDate(dayNumber: number)
            guard date.components == expected,
                LocalDate(year: expected.year, month: expected.month, day: expected.day) == date
            else {
                Issue.record("day \(number) is \(date.components), not \(expected)")
                return
            }
            if LocalDate(year: expected.year, month: expected.month, day: expected.day + 1) != nil {
                expected.day += 1
            } else {
                expected = expected.month == 12 ? (expected.year + 1, 1, 1) : (expected.year, expected.month + 1, 1)
            }
        }
    }

    @Test(
        "weekday and ISO week",
        arguments: [
            ("1970-01-01", 4, 1970, 1), ("2026-11-24", 2, 2026, 48), ("2021-01-03", 7, 2020, 53),
            ("2020-12-31", 4, 2020, 53), ("2018-12-31", 1, 2019, 1), ("2024-12-30", 1, 2025, 1),
            ("1969-12-28", 7, 1969, 52),
        ])
    func week(text: String, weekday: Int, year: Int, number: Int) throws {
        let date = try LocalDate(parsing: text)
        #expect(date.weekday == weekday)
        #expect(date.week == (year, number))
        #expect(date.weekStart.weekday == 1 && date - date.weekStart == weekday - 1)
        #expect(date.description == text)
    }

    @Test(
        "months and years",
        arguments: [
            ("2026-12-31", "2026-12-01", "2027-01-01", "2027-12-31"),
            ("2024-02-29", "2024-02-01", "2024-03-01", "2025-03-01"),
            ("2023-02-01", "2023-02-01", "2023-03-01", "2024-02-01"),
        ])
    func months(text: String, start: String, next: String, yearLater: String) throws {
        let date = try LocalDate(parsing: text)
        #expect(date.monthStart.description == start)
        #expect(date.nextMonthStart.description == next)
        #expect(date.adding(years: 1).description == yearLater)
    }

    @Test(
        "only real days are dates",
        arguments: [
            ("2026-02-28", nil), ("2024-02-29", nil), ("2000-02-29", nil),
            ("2026-02-29", .impossibleDate), ("1900-02-29", .impossibleDate), ("2026-13-01", .impossibleDate),
            ("2026-00-01", .impossibleDate), ("2026-04-31", .impossibleDate), ("2026-04-00", .impossibleDate),
            ("2026-4-01", .malformed), ("2026/04/01", .malformed), ("2026-04-01 ", .malformed), ("", .malformed),
            ("+026-04-01", .malformed), ("2026-04-0１", .malformed),
        ] as [(String, TimeTextError?)])
    func dates(text: String, error: TimeTextError?) {
        #expect(failure { () throws(TimeTextError) in _ = try LocalDate(parsing: text) } == error)
    }

    @Test(
        "only minutes of a day are times",
        arguments: [
            ("00:00", nil), ("23:59", nil), ("24:00", .impossibleTime), ("12:60", .impossibleTime),
            ("9:00", .malformed),
            ("09:00:00", .malformed), ("09-00", .malformed), ("-1:00", .malformed),
        ] as [(String, TimeTextError?)])
    func times(text: String, error: TimeTextError?) {
        #expect(failure { () throws(TimeTextError) in _ = try LocalTime(parsing: text) } == error)
    }

    @Test("a date with a time")
    func dateTimes() throws {
        let local = try LocalDateTime(parsing: "1969-12-31T23:58")
        #expect(local.microseconds == -120_000_000)
        #expect(local.minuteOfDay == 1_438)
        #expect(local.date.description == "1969-12-31")
        #expect(local.description == "1969-12-31T23:58")
        #expect(
            failure { () throws(TimeTextError) in _ = try LocalDateTime(parsing: "1969-12-31 23:58") } == .malformed)
        #expect(
            failure { () throws(TimeTextError) in _ = try LocalDateTime(parsing: "1969-12-31T23:58:00") } == .malformed)
        #expect(
            failure { () throws(TimeTextError) in _ = try LocalDateTime(parsing: "1969-12-31T24:00") }
                == .impossibleTime)
    }

    private func failure(_ body: () throws(TimeTextError) -> Void) -> TimeTextError? {
        do throws(TimeTextError) {
            try body()
            return nil
        } catch {
            return error
        }
    }
}
