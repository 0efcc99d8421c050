import Shared

@testable import OpsCLI

/// Lines for tests of the simulation: two shifts on weekdays, the later one over midnight, each with a break.
enum SimulationLines {
    static let utc = TimeZoneRules.utc

    static func time(_ hour: Int, _ minute: Int = 0) -> LocalTime {
        guard let time = LocalTime(hour: hour, minute: minute) else { preconditionFailure("\(hour):\(minute)") }
        return time
    }

    static func date(_ text: String) throws -> LocalDate {
        try LocalDate(parsing: text)
    }

    static let twoShifts: [WorkCalendar.Shift] = [
        WorkCalendar.Shift(
            days: [1, 2, 3, 4, 5], start: time(6), end: time(14), breaks: [(time(10), time(10, 20))]),
        WorkCalendar.Shift(
            days: [1, 2, 3, 4, 5], start: time(18), end: time(2), breaks: [(time(0, 30), time(0, 50))]),
    ]

    static func line(
        code: String = "L1", shifts: [WorkCalendar.Shift] = twoShifts, closed: [Interval] = [], extra: [Interval] = [],
        zone: TimeZoneRules = utc, input: Int64? = 1, commissioned: Interval? = nil
    ) -> SimulatedLine {
        SimulatedLine(
            tenant: "acme", id: 7, code: code,
            calendar: WorkCalendar(shifts: shifts, closed: closed, extra: extra, zone: zone),
            products: [SimulatedLine.Product(id: 3, rate: 12), SimulatedLine.Product(id: 4, rate: 15)],
            input: input, process: [], output: 2,
            commissioned: commissioned ?? Interval(start: Instant(seconds: 0), end: .last))
    }
}
