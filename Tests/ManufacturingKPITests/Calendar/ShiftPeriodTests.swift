import ManufacturingKPI
import Shared
import Testing

@Suite("The period of the shift that lines work")
struct ShiftPeriodTests {
    private let madrid: CalendarFixture
    /// Early, late and night shifts of weekdays; the early one of 2026-03-04, a Wednesday, is 06:00-14:00.
    private let floor: LineCalendar
    /// 08:00-16:00 of weekdays.
    private let office: LineCalendar
    private let continuous: LineCalendar

    init() throws {
        madrid = try CalendarFixture("Europe/Madrid")
        let weekdays = [1, 2, 3, 4, 5]
        floor = madrid.calendar(
            [
                madrid.shift(1, try madrid.version("06:00-14:00", days: weekdays, breaks: [])),
                madrid.shift(2, try madrid.version("14:00-22:00", days: weekdays, breaks: [])),
                madrid.shift(3, try madrid.version("22:00-06:00", days: weekdays, breaks: [])),
            ], [], commissionedAt: nil, decommissionedAt: nil)
        office = madrid.calendar(
            [madrid.shift(4, try madrid.version("08:00-16:00", days: weekdays, breaks: []))], [],
            commissionedAt: nil, decommissionedAt: nil)
        continuous = madrid.calendar([], [], commissionedAt: nil, decommissionedAt: nil)
    }

    private func told(
        _ calendars: [LineCalendar], at: String, of shift: Int64? = nil, isLast: Bool = false
    ) throws -> String? {
        let period = ShiftPeriod(
            calendars, of: shift.map { ShiftID($0) }, isLast: isLast, now: try madrid.instant(at))
        guard let period else { return nil }
        let shifts = period.workings.map { $0.working.shift.map { "\($0)" } ?? "day" }.joined(separator: ",")
        let zone = madrid.zone
        return "\(zone.local(of: period.interval.start)) \(zone.local(of: period.interval.end)) \(shifts)"
            + (period.isRunning ? " running" : "")
    }

    private func expected(_ start: String, _ end: String, _ rest: String) throws -> String {
        let (start, end) = (try madrid.instant(start), try madrid.instant(end))
        return "\(madrid.zone.local(of: start)) \(madrid.zone.local(of: end)) \(rest)"
    }

    @Test("the one that is on, also a night that began the day before")
    func running() throws {
        #expect(
            try told([floor], at: "2026-03-04T09:00")
                == expected("2026-03-04T06:00", "2026-03-04T14:00", "1 running"))
        // An end belongs to what follows.
        #expect(
            try told([floor], at: "2026-03-04T14:00")
                == expected("2026-03-04T14:00", "2026-03-04T22:00", "2 running"))
        #expect(
            try told([floor], at: "2026-03-05T03:00")
                == expected("2026-03-04T22:00", "2026-03-05T06:00", "3 running"))
    }

    @Test("the one that ended last where none is on, and the one before")
    func over() throws {
        // A Sunday.
        #expect(
            try told([floor], at: "2026-03-08T12:00") == expected("2026-03-06T22:00", "2026-03-07T06:00", "3"))
        #expect(
            try told([floor], at: "2026-03-08T12:00", isLast: true)
                == expected("2026-03-06T14:00", "2026-03-06T22:00", "2"))
        #expect(
            try told([floor], at: "2026-03-09T07:00", isLast: true)
                == expected("2026-03-06T22:00", "2026-03-07T06:00", "3 running"))
    }

    @Test("of lines with different shifts from the first start of those that are on to the last end")
    func several() throws {
        #expect(
            try told([floor, office], at: "2026-03-04T09:00")
                == expected("2026-03-04T06:00", "2026-03-04T16:00", "1,4 running"))
        // The office is closed: it says nothing.
        #expect(
            try told([floor, office], at: "2026-03-04T23:00")
                == expected("2026-03-04T22:00", "2026-03-05T06:00", "3 running"))
        #expect(
            try told([floor, floor], at: "2026-03-04T09:00")
                == expected("2026-03-04T06:00", "2026-03-04T14:00", "1 running"))
    }

    @Test("lines without shifts are told by their days, but not beside others")
    func withoutShifts() throws {
        #expect(
            try told([continuous], at: "2026-03-04T09:00")
                == expected("2026-03-04T00:00", "2026-03-05T00:00", "day running"))
        #expect(
            try told([continuous], at: "2026-03-04T09:00", isLast: true)
                == expected("2026-03-03T00:00", "2026-03-04T00:00", "day running"))
        #expect(
            try told([continuous, floor], at: "2026-03-04T09:00")
                == expected("2026-03-04T06:00", "2026-03-04T14:00", "1 running"))
    }

    @Test("in extra time the last one is the one that ended last, also of the same day")
    func extraTime() throws {
        let overtime = madrid.calendar(
            [madrid.shift(1, try madrid.version("06:00-14:00", days: [1, 2, 3, 4, 5], breaks: []))],
            [madrid.exception(.extra, "rush", try madrid.interval("2026-03-04T14:00", "2026-03-04T18:00"))],
            commissionedAt: nil, decommissionedAt: nil)
        #expect(
            try told([overtime], at: "2026-03-04T15:00")
                == expected("2026-03-04T00:00", "2026-03-05T00:00", "day running"))
        #expect(
            try told([overtime], at: "2026-03-04T15:00", isLast: true)
                == expected("2026-03-04T06:00", "2026-03-04T14:00", "1 running"))
        // The day before there is none.
        #expect(
            try told([overtime], at: "2026-03-04T18:30", isLast: true)
                == expected("2026-03-03T06:00", "2026-03-03T14:00", "1"))
    }

    @Test("of a chosen shift only its own workings")
    func chosen() throws {
        #expect(
            try told([floor], at: "2026-03-04T09:00", of: 2) == expected("2026-03-03T14:00", "2026-03-03T22:00", "2"))
        #expect(
            try told([floor], at: "2026-03-04T15:00", of: 2)
                == expected("2026-03-04T14:00", "2026-03-04T22:00", "2 running"))
        // The Friday's one, on a Monday.
        #expect(
            try told([floor], at: "2026-03-09T15:00", of: 2, isLast: true)
                == expected("2026-03-06T14:00", "2026-03-06T22:00", "2 running"))
        #expect(try told([continuous], at: "2026-03-04T09:00", of: 2) == nil)
        #expect(try told([], at: "2026-03-04T09:00") == nil)
    }
}
