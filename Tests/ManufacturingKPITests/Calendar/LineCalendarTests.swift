import ManufacturingKPI
import Shared
import Testing

@Suite("Planned time")
struct LineCalendarTests {
    private let madrid: CalendarFixture
    private let future = CalendarFixture.distantFuture

    init() throws {
        madrid = try CalendarFixture("Europe/Madrid")
    }

    @Test("an overnight shift belongs to the day it starts")
    func fridayNight() throws {
        let calendar = madrid.calendar([madrid.shift(1, try madrid.version("22:00-06:00", days: [1, 2, 3, 4, 5]))])
        // 2026-03-06 is a Friday.
        let planned = calendar.plannedTime(in: try madrid.days("2026-03-06", "2026-03-09").interval, now: future)
        #expect(
            madrid.text(planned) == ["03-06 00:00–06:00", "03-06 22:00–06:00", "03-09 22:00–00:00"],
            "Friday's shift covers Saturday's morning; Monday's morning is not planned as Sunday is not"
        )
        let friday = calendar.shiftInstances(
            startingOn: try #require(try madrid.days("2026-03-06", "2026-03-08").wholeDates))
        #expect(friday.map(\.startDay.description) == ["2026-03-06"])
        #expect(friday.first?.interval.length == .hours(8))
    }

    @Test(
        "nights on which the clocks change have 7 or 9 hours",
        arguments: [
            ("Europe/Madrid", "2026-03-28", 7), ("Europe/Madrid", "2026-03-29", 8), ("Europe/Madrid", "2026-10-24", 9),
            ("America/New_York", "2026-03-07", 7), ("America/New_York", "2026-10-31", 9),
            ("America/New_York", "2026-11-01", 8), ("America/Argentina/Buenos_Aires", "2026-03-28", 8),
            ("Asia/Kolkata", "2026-10-24", 8),
        ])
    func changeOfClocks(zone: String, day: String, hours: Int64) throws {
        let fixture = try CalendarFixture(zone)
        let calendar = fixture.calendar([fixture.shift(1, try fixture.version("22:00-06:00"))])
        let period = try fixture.days(day, day)
        let time = calendar.time(of: ShiftID(1), in: period, now: future)
        #expect(time.planned.length == .hours(hours))
        #expect(time.instances.map(\.interval.length) == [.hours(hours)])
    }

    @Test(
        "a day is as long as the zone makes it, for a line without shifts and for a shift around the clock",
        arguments: [
            ("Australia/Lord_Howe", "2026-10-04", 1_410), ("Australia/Lord_Howe", "2026-04-05", 1_470),
            ("Europe/Madrid", "2026-03-29", 1_380), ("Asia/Kolkata", "2026-03-29", 1_440),
        ])
    func wholeDay(zone: String, day: String, minutes: Int64) throws {
        let fixture = try CalendarFixture(zone)
        let period = try fixture.days(day, day)
        let continuous = fixture.calendar([])
        #expect(continuous.isContinuous)
        #expect(continuous.plannedTime(in: period.interval, now: future).length == .minutes(minutes))
        let around = fixture.calendar([fixture.shift(1, try fixture.version("00:00-00:00"))])
        #expect(!around.isContinuous)
        #expect(around.plannedTime(in: period.interval, now: future).length == .minutes(minutes))
        let fromSix = fixture.calendar([fixture.shift(1, try fixture.version("06:00-06:00"))])
        let month = Period(
            try #require(period.wholeDates).lowerBound + (-15)...(try #require(period.wholeDates)).upperBound + 15,
            in: fixture.zone
        ).interval
        #expect(fromSix.plannedTime(in: month, now: future) == IntervalSet(month))
    }

    @Test("times in the hole and repeated times")
    func edges() throws {
        let calendar = madrid.calendar([
            madrid.shift(1, try madrid.version("02:15-02:45")), madrid.shift(2, try madrid.version("02:30-10:00")),
        ])
        // In the hole of spring the first shift has no length and the second starts after it.
        let spring = calendar.plannedTime(in: try madrid.days("2026-03-29", "2026-03-29").interval, now: future)
        #expect(madrid.text(spring) == ["03-29 03:00–10:00"])
        #expect(
            calendar.shiftInstances(overlapping: try madrid.days("2026-03-29", "2026-03-29").interval).map(\.shift)
                == [ShiftID(2)]
        )
        // In autumn both ends are the first 02:15 and 02:45.
        let autumn = calendar.shiftInstances(
            of: ShiftID(1), overlapping: try madrid.days("2026-10-25", "2026-10-25").interval)
        #expect(autumn.map(\.interval.length) == [.minutes(30)])
        #expect(autumn.first?.interval.start == (try Instant(iso8601: "2026-10-25T00:15:00Z")))
    }

    @Test("overlapping shifts count once, and a break stops only its own shift")
    func overlap() throws {
        let calendar = madrid.calendar([
            madrid.shift(1, try madrid.version("06:00-14:00", breaks: ["10:00-10:30", "13:45-14:00"])),
            madrid.shift(2, try madrid.version("13:00-21:00", breaks: ["17:00-17:15", "14:00-14:10"])),
        ])
        let planned = calendar.plannedTime(in: try madrid.days("2026-03-04", "2026-03-04").interval, now: future)
        #expect(
            madrid.text(planned) == [
                "03-04 06:00–10:00", "03-04 10:30–14:00", "03-04 14:10–17:00", "03-04 17:15–21:00",
            ]
        )
    }

    @Test("a break after midnight belongs to the night it is in")
    func nightBreak() throws {
        let calendar = madrid.calendar([
            madrid.shift(1, try madrid.version("22:00-06:00", days: [5], breaks: ["02:00-02:30", "23:45-00:15"]))
        ])
        let planned = calendar.plannedTime(in: try madrid.days("2026-03-06", "2026-03-08").interval, now: future)
        #expect(madrid.text(planned) == ["03-06 22:00–23:45", "03-07 00:15–02:00", "03-07 02:30–06:00"])
    }

    @Test("closed takes away, extra adds and wins over closed and breaks")
    func exceptions() throws {
        let shift = madrid.shift(1, try madrid.version("06:00-14:00", breaks: ["10:00-10:30"]))
        let day = try madrid.days("2026-03-04", "2026-03-04").interval
        func planned(_ exceptions: CalendarException...) -> [String] {
            madrid.text(madrid.calendar([shift], exceptions).plannedTime(in: day, now: future))
        }
        let closed = madrid.exception(
            .closed, "stocktaking", try madrid.interval("2026-03-04T08:00", "2026-03-04T12:00"))
        #expect(planned(closed) == ["03-04 06:00–08:00", "03-04 12:00–14:00"])
        let extra = madrid.exception(.extra, "rush", try madrid.interval("2026-03-04T10:15", "2026-03-04T11:00"))
        #expect(planned(extra) == ["03-04 06:00–10:00", "03-04 10:15–14:00"])
        #expect(planned(closed, extra) == ["03-04 06:00–08:00", "03-04 10:15–11:00", "03-04 12:00–14:00"])
        let evening = madrid.exception(.extra, "rush", try madrid.interval("2026-03-04T20:00", "2026-03-05T03:00"))
        #expect(planned(evening) == ["03-04 06:00–10:00", "03-04 10:30–14:00", "03-04 20:00–00:00"])

        let elsewhere = madrid.exception(.closed, "other plant", closed.interval, plant: 2)
        let otherLine = madrid.exception(.closed, "other line", closed.interval, line: 2)
        let ownLine = madrid.exception(.closed, "own line", closed.interval, line: 1)
        #expect(planned(elsewhere, otherLine) == ["03-04 06:00–10:00", "03-04 10:30–14:00"])
        #expect(planned(ownLine) == planned(closed))

        let continuous = madrid.calendar([], [closed, extra]).plannedTime(in: day, now: future)
        #expect(madrid.text(continuous) == ["03-04 00:00–08:00", "03-04 10:15–11:00", "03-04 12:00–00:00"])
    }

    @Test("no shift: continuous; inactive shifts only: not planned; shifts of others do not matter")
    func applying() throws {
        let day = try madrid.days("2026-03-04", "2026-03-04").interval
        func hours(_ shifts: ShiftDefinition...) -> Int64 {
            madrid.calendar(shifts).plannedTime(in: day, now: future).length / .hours(1)
        }
        let inactive = madrid.shift(1, try madrid.version("06:00-14:00", isActive: false))
        let active = madrid.shift(
            2, try madrid.version("06:00-14:00", plant: PlantID(1), lines: [LineID(1), LineID(7)]))
        let otherPlant = madrid.shift(3, try madrid.version("00:00-12:00", plant: PlantID(2)))
        let otherLine = madrid.shift(4, try madrid.version("00:00-12:00", lines: [LineID(2)]))
        #expect(hours() == 24)
        #expect(hours(inactive) == 0)
        #expect(!madrid.calendar([inactive]).isContinuous)
        #expect(hours(active) == 8)
        #expect(hours(active, inactive) == 8)
        #expect(hours(otherPlant, otherLine) == 24)
        #expect(hours(otherPlant, otherLine, active) == 8)
    }

    @Test("a period is cut at now and to the time in commission")
    func cuts() throws {
        let shift = madrid.shift(1, try madrid.version("06:00-14:00"))
        let day = try madrid.days("2026-03-04", "2026-03-05").interval
        let calendar = madrid.calendar(
            [shift], [madrid.exception(.extra, "rush", try madrid.interval("2026-03-04T01:00", "2026-03-04T09:00"))],
            commissionedAt: try madrid.instant("2026-03-04T08:00"),
            decommissionedAt: try madrid.instant("2026-03-05T07:00")
        )
        #expect(madrid.text(calendar.plannedTime(in: day, now: future)) == ["03-04 08:00–14:00", "03-05 06:00–07:00"])
        let now = try madrid.instant("2026-03-04T12:00")
        #expect(madrid.text(calendar.plannedTime(in: day, now: now)) == ["03-04 08:00–12:00"])
        #expect(calendar.plannedTime(in: day, now: try madrid.instant("2026-03-04T07:00")).isEmpty)
        #expect(calendar.plannedTime(in: Interval(start: now, end: now), now: future).isEmpty)
        #expect(calendar.time(of: ShiftID(1), in: Period(day), now: now).planned.length == .hours(4))
    }

    @Test("a shift instance uses the version valid at its start, wholly")
    func versions() throws {
        let change = try madrid.instant("2026-03-05T00:00")
        let shift = madrid.shift(
            1,
            try madrid.version("20:00-04:00", validFrom: change),
            try madrid.version("22:00-06:00")
        )
        let period = try madrid.days("2026-03-04", "2026-03-05").interval
        #expect(
            madrid.text(madrid.calendar([shift]).plannedTime(in: period, now: future))
                == ["03-04 00:00–06:00", "03-04 22:00–06:00", "03-05 20:00–00:00"]
        )
        // A version valid from the very start of an instance has it.
        let shorter = madrid.shift(
            1, try madrid.version("06:00-14:00"),
            try madrid.version("06:00-10:00", validFrom: try madrid.instant("2026-03-05T06:00"))
        )
        #expect(
            madrid.text(madrid.calendar([shorter]).plannedTime(in: period, now: future))
                == ["03-04 06:00–14:00", "03-05 06:00–10:00"]
        )
        // Versions may change plant, lines and activity: the shift then applies, but has no instances.
        let moved = madrid.shift(
            1, try madrid.version("22:00-06:00"),
            try madrid.version("22:00-06:00", validFrom: change, plant: PlantID(2))
        )
        let closed = madrid.shift(
            1, try madrid.version("22:00-06:00"), try madrid.version("22:00-06:00", validFrom: change, isActive: false)
        )
        let late = madrid.shift(1, try madrid.version("22:00-06:00", validFrom: change))
        for shift in [moved, closed] {
            let calendar = madrid.calendar([shift])
            #expect(!calendar.isContinuous)
            #expect(
                madrid.text(calendar.plannedTime(in: period, now: future)) == [
                    "03-04 00:00–06:00", "03-04 22:00–06:00",
                ]
            )
        }
        #expect(madrid.text(madrid.calendar([late]).plannedTime(in: period, now: future)) == ["03-05 22:00–00:00"])
    }

    @Test("a chosen shift: whole instances of whole dates, cut for times, without extra")
    func chosenShift() throws {
        let calendar = madrid.calendar(
            [
                madrid.shift(1, try madrid.version("22:00-06:00", breaks: ["02:00-02:30"])),
                madrid.shift(2, try madrid.version("06:00-14:00")),
            ],
            [
                madrid.exception(.extra, "rush", try madrid.interval("2026-03-04T12:00", "2026-03-04T23:00")),
                madrid.exception(.closed, "power cut", try madrid.interval("2026-03-05T05:00", "2026-03-05T07:00")),
            ]
        )
        let night = calendar.time(of: ShiftID(1), in: try madrid.days("2026-03-04", "2026-03-04"), now: future)
        #expect(madrid.text(night.planned) == ["03-04 22:00–02:00", "03-05 02:30–05:00"])
        #expect(madrid.text(night.counted) == ["03-04 22:00–06:00"], "breaks and closed time count for production")
        #expect(night.instances.map(\.breaks.first?.name) == ["break 02:00-02:30"])

        let cut = calendar.time(
            of: ShiftID(1), in: Period(try madrid.days("2026-03-04", "2026-03-04").interval), now: future
        )
        #expect(madrid.text(cut.planned) == ["03-04 00:00–02:00", "03-04 02:30–06:00", "03-04 22:00–00:00"])
        #expect(madrid.text(cut.counted) == ["03-04 00:00–06:00", "03-04 22:00–00:00"])

        // Past midnight the night of the 4th still goes on.
        let now = try madrid.instant("2026-03-05T01:00")
        let running = calendar.time(of: ShiftID(1), in: try madrid.days("2026-03-04", "2026-03-04"), now: now)
        #expect(madrid.text(running.planned) == ["03-04 22:00–01:00"])
        #expect(running.planned == running.counted)

        let unknown = calendar.time(of: ShiftID(9), in: try madrid.days("2026-03-04", "2026-03-04"), now: future)
        #expect(unknown.planned.isEmpty && unknown.counted.isEmpty && unknown.instances.isEmpty)
        let inactive = madrid.calendar([madrid.shift(1, try madrid.version("06:00-14:00", isActive: false))])
        #expect(
            inactive.time(of: ShiftID(1), in: try madrid.days("2026-03-04", "2026-03-04"), now: future).planned.isEmpty)
    }

    @Test("instances are given by where they start, or by what they share time with")
    func instances() throws {
        let calendar = madrid.calendar([
            madrid.shift(2, try madrid.version("22:00-06:00")), madrid.shift(1, try madrid.version("06:00-14:00")),
        ])
        let interval = try madrid.interval("2026-03-04T05:59", "2026-03-04T22:00")
        func text(_ instances: [ShiftInstance]) -> [String] { instances.map { "\($0.shift) \($0.startDay)" } }
        #expect(text(calendar.shiftInstances(overlapping: interval)) == ["2 2026-03-03", "1 2026-03-04"])
        #expect(text(calendar.shiftInstances(startingIn: interval)) == ["1 2026-03-04"])
        let longer = try madrid.interval("2026-03-04T06:00", "2026-03-04T22:01")
        #expect(text(calendar.shiftInstances(startingIn: longer)) == ["1 2026-03-04", "2 2026-03-04"])
        #expect(text(calendar.shiftInstances(of: ShiftID(2), overlapping: longer)) == ["2 2026-03-04"])
    }

    @Test(
        "a break must lie inside its shift and have some length",
        arguments: [
            ("06:00-14:00", "10:00-10:30", nil), ("06:00-14:00", "06:00-14:00", nil),
            ("06:00-14:00", "13:30-14:00", nil),
            ("06:00-14:00", "13:30-14:01", .outsideShift), ("06:00-14:00", "05:30-06:30", .outsideShift),
            ("06:00-14:00", "15:00-15:30", .outsideShift), ("06:00-14:00", "10:00-10:00", .noLength),
            ("06:00-14:00", "10:30-10:00", .outsideShift),
            ("22:00-06:00", "02:00-02:30", nil), ("22:00-06:00", "23:30-00:30", nil),
            ("22:00-06:00", "22:00-22:10", nil),
            ("22:00-06:00", "21:50-22:10", .outsideShift), ("22:00-06:00", "05:50-06:10", .outsideShift),
            ("22:00-06:00", "12:00-12:30", .outsideShift), ("06:00-06:00", "05:30-06:00", nil),
            ("06:00-06:00", "05:30-06:30", .outsideShift), ("00:00-00:00", "23:30-00:00", nil),
        ] as [(String, String, ShiftBreak.Fault?)])
    func breakFaults(shift: String, text: String, fault: ShiftBreak.Fault?) throws {
        let (start, end) = try CalendarFixture.times(shift)
        let (breakStart, breakEnd) = try CalendarFixture.times(text)
        let shiftBreak = ShiftBreak(name: "break", start: breakStart, end: breakEnd)
        #expect(ShiftVersion.fault(of: shiftBreak, inShiftFrom: start, to: end) == fault)
    }

    @Test("weekdays are 1 to 7")
    func weekdays() throws {
        #expect(Weekdays(numbers: [1, 7])?.numbers == [1, 7])
        #expect(Weekdays(numbers: [0]) == nil)
        #expect(Weekdays(numbers: [8]) == nil)
        #expect(Weekdays.mondayToFriday.numbers == [1, 2, 3, 4, 5])
        #expect(Weekdays.all.contains(try LocalDate(parsing: "2026-03-08")))
        #expect(!Weekdays.mondayToFriday.contains(try LocalDate(parsing: "2026-03-08")))
    }
}
