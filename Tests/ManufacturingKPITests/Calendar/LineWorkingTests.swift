import ManufacturingKPI
import Shared
import Testing

@Suite("The working a line is told by")
struct LineWorkingTests {
    private let madrid: CalendarFixture
    private let calendar: LineCalendar
    /// To which no shift applies.
    private let continuous: LineCalendar

    init() throws {
        madrid = try CalendarFixture("Europe/Madrid")
        // 2026-03-06 is a Friday; clocks go forward on Sunday 2026-03-29 at 02:00 and back on 2026-10-25 at 03:00.
        calendar = madrid.calendar(
            [
                madrid.shift(1, try madrid.version("06:00-14:00", days: [1, 2, 3, 4, 5], breaks: ["10:00-10:30"])),
                madrid.shift(2, try madrid.version("22:00-06:00", days: [1, 2, 3, 4, 5, 6, 7], breaks: [])),
                madrid.shift(3, try madrid.version("12:00-16:00", days: [3], breaks: [])),
            ],
            [madrid.exception(.extra, "rush", try madrid.interval("2026-03-07T15:00", "2026-03-07T17:00"))],
            commissionedAt: try madrid.instant("2026-03-02T06:00"), decommissionedAt: nil)
        continuous = madrid.calendar([], [], commissionedAt: nil, decommissionedAt: nil)
    }

    private func told(_ working: LineWorking?) -> String? {
        working.map { "\($0.shift.map { "\($0)" } ?? "day") \($0.date)" }
    }

    @Test(
        "the one that is on, else the one that ended last",
        arguments: [
            ("2026-03-04T09:00", "1 2026-03-04"),
            // A break is of the shift.
            ("2026-03-04T10:10", "1 2026-03-04"),
            // Of two the one that began last; the end belongs to what follows.
            ("2026-03-04T13:00", "3 2026-03-04"),
            ("2026-03-04T17:00", "3 2026-03-04"),
            // A night belongs to the day it starts on.
            ("2026-03-05T03:00", "2 2026-03-04"),
            ("2026-03-05T06:00", "1 2026-03-05"),
            // Extra time is told by its day, and no longer than it lasts.
            ("2026-03-07T16:00", "day 2026-03-07"),
            ("2026-03-07T17:00", "2 2026-03-06"),
        ])
    func now(at: String, expected: String) throws {
        #expect(told(calendar.working(at: try madrid.instant(at))) == expected)
    }

    @Test("of shifts inside one another the one that ended last, not the one that began last")
    func nested() throws {
        let calendar = madrid.calendar(
            [
                madrid.shift(1, try madrid.version("06:00-14:00", days: [2], breaks: [])),
                madrid.shift(2, try madrid.version("08:00-12:00", days: [2], breaks: [])),
            ], [], commissionedAt: nil, decommissionedAt: nil)
        // A Tuesday.
        #expect(told(calendar.working(at: try madrid.instant("2026-03-03T13:00"))) == "1 2026-03-03")
        #expect(told(calendar.working(at: try madrid.instant("2026-03-03T15:00"))) == "1 2026-03-03")
        #expect(told(calendar.working(at: try madrid.instant("2026-03-03T10:00"))) == "2 2026-03-03")
    }

    @Test("without shifts it is the local day, which has 23 and 25 hours once a year")
    func days() throws {
        #expect(told(continuous.working(at: try madrid.instant("2026-03-04T23:59"))) == "day 2026-03-04")
        for (date, hours) in [("2026-03-29", 23), ("2026-10-25", 25), ("2026-03-04", 24)] {
            let working = try #require(continuous.working(of: nil, on: LocalDate(parsing: date)))
            #expect(working.interval.length == Int64(hours) * 3_600_000_000)
        }
        let night = try #require(calendar.working(of: ShiftID(2), on: LocalDate(parsing: "2026-03-28")))
        #expect(night.interval.length == 7 * 3_600_000_000)
    }

    @Test("of a date: the shift asked for, or the first")
    func dates() throws {
        let wednesday = try LocalDate(parsing: "2026-03-04")
        let saturday = try LocalDate(parsing: "2026-03-07")
        #expect(told(calendar.working(of: nil, on: wednesday)) == "1 2026-03-04")
        #expect(told(calendar.working(of: ShiftID(3), on: wednesday)) == "3 2026-03-04")
        #expect(calendar.working(of: ShiftID(1), on: saturday) == nil)
        #expect(continuous.working(of: ShiftID(1), on: saturday) == nil)
    }

    @Test("forwards and back is where one was, and never beyond what has begun")
    func neighbours() throws {
        let now = try madrid.instant("2026-03-09T07:00")
        var working = calendar.working(at: now)
        var seen = [told(working)]
        while let before = calendar.working(before: working), seen.count < 9 {
            #expect(calendar.working(after: before, begunAt: now) == working)
            working = before
            seen.append(told(working))
        }
        #expect(
            seen == [
                "1 2026-03-09", "2 2026-03-08", "2 2026-03-07", "2 2026-03-06", "1 2026-03-06", "2 2026-03-05",
                "1 2026-03-05", "2 2026-03-04", "3 2026-03-04",
            ])
        #expect(calendar.working(after: calendar.working(at: now), begunAt: now) == nil)
        let today = continuous.working(at: now)
        #expect(continuous.working(after: today, begunAt: now) == nil)
        #expect(told(continuous.working(before: today)) == "day 2026-03-08")
    }
}
