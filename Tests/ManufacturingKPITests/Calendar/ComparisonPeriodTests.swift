import ManufacturingKPI
import Shared
import Testing

@Suite("The week before, as far as now")
struct ComparisonPeriodTests {
    private let madrid: CalendarFixture
    private let nights: LineCalendar

    init() throws {
        madrid = try CalendarFixture("Europe/Madrid")
        nights = madrid.calendar(
            [madrid.shift(1, try madrid.version("22:00-06:00", days: [1, 2, 3, 4, 5, 6, 7], breaks: []))], [],
            commissionedAt: nil, decommissionedAt: nil)
    }

    /// What is planned of the night shift in a period, and in what it is compared with, in hours.
    private func hours(_ date: String, at: String) throws -> [Int64] {
        let day = try LocalDate(parsing: date)
        let (period, now) = (Period(day...day, in: madrid.zone), try madrid.instant(at))
        let week = try #require(ComparisonPeriod(weekBefore: period, in: madrid.zone, now: now))
        #expect(week.period.wholeDates == day + -7...day + -7)
        return [(period, now), (week.period, week.asOf)].map { period, now in
            nights.time(of: ShiftID(1), in: period, now: now).planned.length / 3_600_000_000
        }
    }

    @Test("a night shift is compared as far as it has come, also past the end of its day")
    func night() throws {
        #expect(try hours("2026-03-04", at: "2026-03-04T23:00") == [1, 1])
        #expect(try hours("2026-03-04", at: "2026-03-05T03:00") == [5, 5])
        #expect(try hours("2026-03-04", at: "2026-03-07T12:00") == [8, 8])
        // Clocks went forward in the night of the twenty-eighth.
        #expect(try hours("2026-04-04", at: "2026-04-05T12:00") == [8, 7])
    }

    @Test("every zone has its own clock")
    func zones() throws {
        let tokyo = try CalendarFixture("Asia/Tokyo")
        let day = try LocalDate(parsing: "2026-03-04")
        let now = try madrid.instant("2026-03-04T09:00")
        for zone in [madrid.zone, tokyo.zone] {
            let week = try #require(ComparisonPeriod(weekBefore: Period(day...day, in: zone), in: zone, now: now))
            #expect(week.asOf == now + -7 * LocalDateTime.microsecondsPerDay)
            #expect(zone.local(of: week.period.interval.start).date == day + -7)
        }
    }

    @Test("what has not begun is compared with nothing")
    func notBegun() throws {
        let now = try madrid.instant("2026-03-04T23:00")
        for (date, isCompared) in [("2026-03-05", false), ("2026-03-04", true)] {
            let day = try LocalDate(parsing: date)
            let week = ComparisonPeriod(weekBefore: Period(day...day, in: madrid.zone), in: madrid.zone, now: now)
            #expect((week != nil) == isCompared)
        }
    }
}
