import ManufacturingKPI
import Shared
import Testing

@Suite("Why a line is idle, and what a trend compares with")
struct IdleReasonTests {
    private let madrid: CalendarFixture
    private let calendar: LineCalendar

    init() throws {
        madrid = try CalendarFixture("Europe/Madrid")
        // 2026-03-06 is a Friday.
        calendar = madrid.calendar(
            [madrid.shift(1, try madrid.version("06:00-14:00", days: [1, 2, 3, 4, 5], breaks: ["10:00-10:30"]))],
            [
                madrid.exception(.closed, "feast", try madrid.interval("2026-03-05T10:15", "2026-03-05T12:00")),
                madrid.exception(.closed, "repair", try madrid.interval("2026-03-05T11:00", "2026-03-06T08:00")),
                madrid.exception(.extra, "rush", try madrid.interval("2026-03-05T12:30", "2026-03-05T13:00")),
            ],
            commissionedAt: try madrid.instant("2026-03-02T08:00"),
            decommissionedAt: try madrid.instant("2026-03-20T00:00")
        )
    }

    @Test(
        "the reason and when the line is planned again",
        arguments: [
            ("2026-03-04T09:59", nil, nil),
            ("2026-03-04T10:00", .breakTime(name: "break 10:00-10:30"), "2026-03-04T10:30"),
            ("2026-03-04T10:30", nil, nil),
            ("2026-03-04T05:00", .outsideShifts, "2026-03-04T06:00"),
            ("2026-03-05T10:10", .breakTime(name: "break 10:00-10:30"), "2026-03-05T12:30"),
            ("2026-03-05T10:20", .closed(name: "feast"), "2026-03-05T12:30"),
            ("2026-03-05T11:30", .closed(name: "repair"), "2026-03-05T12:30"),
            ("2026-03-05T12:40", nil, nil),
            ("2026-03-05T23:00", .closed(name: "repair"), "2026-03-06T08:00"),
            ("2026-03-06T14:00", .outsideShifts, "2026-03-09T06:00"),
            ("2026-03-01T10:00", .outsideShifts, "2026-03-02T08:00"),
            ("2026-03-02T07:00", .outsideShifts, "2026-03-02T08:00"),
            ("2026-03-19T14:00", .outsideShifts, nil),
            ("2026-03-23T10:00", .outsideShifts, nil),
        ] as [(String, IdleReason.Kind?, String?)])
    func reasons(at: String, kind: IdleReason.Kind?, until: String?) throws {
        let reason = calendar.idleReason(at: try madrid.instant(at))
        #expect(reason?.kind == kind)
        #expect(reason?.until == (try until.map { try madrid.instant($0) }))
    }

    private func compared(_ first: String, _ last: String, now: String, shift: ShiftID? = nil) throws -> [String]? {
        let now = try madrid.instant(now)
        guard let found = calendar.comparisonPeriod(for: try madrid.days(first, last), shift: shift, now: now) else {
            return nil
        }
        return [found.period.interval.start, found.period.interval.end, found.asOf].map {
            String(madrid.zone.local(of: $0).description.dropFirst(5))
        }
    }

    @Test("the period before, as far as the present one has come")
    func comparison() throws {
        #expect(
            try compared("2026-03-11", "2026-03-11", now: "2026-03-15T00:00")
                == ["03-10T00:00", "03-11T00:00", "03-14T00:00"], "a period that is over is compared whole"
        )
        #expect(
            try compared("2026-03-11", "2026-03-11", now: "2026-03-11T10:45")
                == ["03-10T00:00", "03-11T00:00", "03-10T10:45"]
        )
        #expect(
            try compared("2026-03-09", "2026-03-10", now: "2026-03-10T09:00")
                == ["03-05T00:00", "03-07T00:00", "03-06T09:00"],
            "the weekend has no planned time, the two days before have"
        )
        #expect(
            try compared("2026-03-09", "2026-03-09", now: "2026-03-09T07:30")
                == ["03-05T00:00", "03-06T00:00", "03-05T07:30"],
            "on Friday nothing was planned before 08:00"
        )
    }

    @Test("nothing to compare with before commissioning, nor for what has not begun")
    func noComparison() throws {
        #expect(try compared("2026-03-02", "2026-03-02", now: "2026-03-03T00:00") == nil)
        #expect(try compared("2026-03-03", "2026-03-03", now: "2026-03-04T00:00") != nil)
        #expect(try compared("2026-03-11", "2026-03-11", now: "2026-03-11T00:00") == nil)
        #expect(try compared("2026-03-11", "2026-03-11", now: "2026-03-12T00:00", shift: ShiftID(9)) == nil)
    }

    @Test("on the clock, whatever the clocks do between")
    func comparisonAcrossChange() throws {
        let open = madrid.calendar([])
        // Sunday 29 March has 23 hours.
        let now = try madrid.instant("2026-03-30T10:45")
        let monday = try #require(
            open.comparisonPeriod(for: try madrid.days("2026-03-30", "2026-03-30"), shift: nil, now: now)
        )
        #expect(monday.period.interval.length == .hours(23))
        #expect(madrid.zone.local(of: monday.asOf).description == "2026-03-29T10:45")
    }

    @Test("a day whose clocks are put forward at midnight is compared from its 00:00, which it does not have")
    func comparisonOfADayWithoutMidnight() throws {
        let havana = try CalendarFixture("America/Havana")
        // Sunday 8 March begins at 01:00.
        let sunday = try havana.days("2026-03-08", "2026-03-08")
        #expect(havana.zone.local(of: sunday.interval.start).description == "2026-03-08T01:00")
        let found = try #require(
            havana.calendar([]).comparisonPeriod(
                for: sunday, shift: nil, now: try havana.instant("2026-03-08T10:45")))
        #expect(havana.zone.local(of: found.asOf).description == "2026-03-07T10:45")
        let next = try #require(
            havana.calendar([]).comparisonPeriod(
                for: try havana.days("2026-03-09", "2026-03-09"), shift: nil,
                now: try havana.instant("2026-03-09T10:45")))
        #expect(havana.zone.local(of: next.asOf).description == "2026-03-08T10:45")
    }

    @Test("a night that goes on after its date is compared as far as it has come")
    func comparedNight() throws {
        let nights = madrid.calendar([madrid.shift(1, try madrid.version("22:00-06:00"))])
        let now = try madrid.instant("2026-03-05T01:00")
        let found = try #require(
            nights.comparisonPeriod(for: try madrid.days("2026-03-04", "2026-03-04"), shift: ShiftID(1), now: now)
        )
        let time = nights.time(of: ShiftID(1), in: found.period, now: found.asOf)
        #expect(madrid.text(time.planned) == ["03-03 22:00–01:00"])
    }

    @Test("a night whose planned part lies after its date is compared with")
    func comparedNightAfterItsDate() throws {
        let nights = madrid.calendar(
            [madrid.shift(1, try madrid.version("22:00-06:00"))],
            [madrid.exception(.closed, "feast", try madrid.interval("2026-03-05T20:00", "2026-03-06T20:00"))],
            commissionedAt: try madrid.instant("2026-03-05T00:00")
        )
        let found = try #require(
            nights.comparisonPeriod(
                for: try madrid.days("2026-03-06", "2026-03-06"), shift: ShiftID(1),
                now: try madrid.instant("2026-03-09T00:00")))
        #expect(found.period.wholeDates?.lowerBound == (try LocalDate(parsing: "2026-03-04")))
        let time = nights.time(of: ShiftID(1), in: found.period, now: found.asOf)
        #expect(madrid.text(time.planned) == ["03-05 00:00–06:00"])
    }

    @Test("a long closure is leapt over")
    func closure() throws {
        let calendar = madrid.calendar(
            [], [madrid.exception(.closed, "rebuilding", try madrid.interval("2024-03-03T12:00", "2026-03-10T00:00"))]
        )
        let period = Period(try madrid.interval("2026-03-10T00:00", "2026-03-10T00:10"))
        let found = try #require(
            calendar.comparisonPeriod(for: period, shift: nil, now: CalendarFixture.distantFuture)
        )
        #expect(found.period.interval == (try madrid.interval("2024-03-03T11:50", "2024-03-03T12:00")))
    }
}
