import Shared
import Testing

@testable import OpsCLI

struct WorkCalendarTests {
    private func day(_ text: String, _ zone: TimeZoneRules = .utc) throws -> Interval {
        let date = try SimulationLines.date(text)
        return Interval(start: zone.start(of: date), end: zone.start(of: date + 1))
    }

    private func texts(_ set: IntervalSet) -> [String] {
        set.intervals.map { "\($0.start)/\($0.end)" }
    }

    @Test func shiftsAreWorkedWithoutTheirBreaks() throws {
        let work = SimulationLines.line().calendar.work(in: try day("2026-03-04"))
        #expect(
            texts(work) == [
                "2026-03-04T00:00:00Z/2026-03-04T00:30:00Z", "2026-03-04T00:50:00Z/2026-03-04T02:00:00Z",
                "2026-03-04T06:00:00Z/2026-03-04T10:00:00Z", "2026-03-04T10:20:00Z/2026-03-04T14:00:00Z",
                "2026-03-04T18:00:00Z/2026-03-05T00:00:00Z",
            ])
    }

    @Test func anOvernightShiftBelongsToTheDayItStarts() throws {
        let calendar = SimulationLines.line().calendar
        let saturday = calendar.work(in: try day("2026-03-07"))
        #expect(
            texts(saturday) == [
                "2026-03-07T00:00:00Z/2026-03-07T00:30:00Z", "2026-03-07T00:50:00Z/2026-03-07T02:00:00Z",
            ])
        #expect(texts(calendar.work(in: try day("2026-03-09"))).first == "2026-03-09T06:00:00Z/2026-03-09T10:00:00Z")
    }

    @Test func closuresAreNotWorkedAndExtraTimeIs() throws {
        let sunday = try day("2026-03-08")
        let wednesday = try day("2026-03-04")
        let extra = Interval(start: sunday.start, end: sunday.start + 3_600_000_000)
        let calendar = SimulationLines.line(closed: [wednesday], extra: [extra]).calendar
        #expect(calendar.work(in: wednesday).isEmpty)
        #expect(calendar.work(in: sunday) == IntervalSet(extra))
    }

    @Test func aLineWithoutShiftsWorksAllTheTime() throws {
        let day = try day("2026-03-08")
        #expect(SimulationLines.line(shifts: []).calendar.work(in: day) == IntervalSet(day))
    }

    @Test func localTimesFollowTheChangeOfClocks() throws {
        let madrid = try TimeZoneDatabase().rules(named: "Europe/Madrid")
        let night = WorkCalendar.Shift(
            days: [6], start: SimulationLines.time(22), end: SimulationLines.time(6), breaks: [])
        let calendar = SimulationLines.line(shifts: [night], zone: madrid).calendar
        let weekend = Interval(start: try day("2026-03-28").start, end: try day("2026-03-30").end)
        #expect(calendar.work(in: weekend).length == 7 * 3_600_000_000)
        let ordinary = Interval(start: try day("2026-03-21").start, end: try day("2026-03-23").end)
        #expect(calendar.work(in: ordinary).length == 8 * 3_600_000_000)
    }
}
