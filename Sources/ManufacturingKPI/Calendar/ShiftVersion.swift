package import Shared

/// What a shift is from an instant on, until its next version.
package struct ShiftVersion: Hashable, Sendable, DatedVersion {
    /// Nil: since ever.
    package let validFrom: Instant?
    /// Nil: every plant.
    package let plant: PlantID?
    /// Nil: every line of the plant.
    package let lines: Set<LineID>?
    /// The weekdays its instances start on.
    package let days: Weekdays
    package let start: LocalTime
    /// At or before `start`: on the next day.
    package let end: LocalTime
    /// In order of time.
    package let breaks: [ShiftBreak]
    package let isActive: Bool

    /// Minutes from 00:00 of the start day, one range for each of `breaks`.
    let breakMinutes: [Range<Int>]

    package init(
        validFrom: Instant? = nil, plant: PlantID?, lines: Set<LineID>?, days: Weekdays, start: LocalTime,
        end: LocalTime, breaks: [ShiftBreak], isActive: Bool
    ) {
        self.validFrom = validFrom
        self.plant = plant
        self.lines = lines
        self.days = days
        self.start = start
        self.end = end
        self.isActive = isActive
        let ordered = breaks.map { ($0, $0.minutes(inShiftFrom: start)) }
            .sorted { ($0.1.lowerBound, $0.1.upperBound) < ($1.1.lowerBound, $1.1.upperBound) }
        self.breaks = ordered.map(\.0)
        self.breakMinutes = ordered.map(\.1)
    }

    /// Minutes from 00:00 of the start day to the end, on the clock.
    var endMinutes: Int {
        end.minuteOfDay + (end <= start ? LocalTime.minutesPerDay : 0)
    }

    package func applies(to line: LineID, of linePlant: PlantID) -> Bool {
        (plant.map { $0 == linePlant } ?? true) && (lines.map { $0.contains(line) } ?? true)
    }

    /// Whether a break belongs into a shift with these times; nil when it does.
    package static func fault(of shiftBreak: ShiftBreak, inShiftFrom start: LocalTime, to end: LocalTime)
        -> ShiftBreak.Fault?
    {
        let minutes = shiftBreak.minutes(inShiftFrom: start)
        if minutes.isEmpty { return .noLength }
        let shiftEnd = end.minuteOfDay + (end <= start ? LocalTime.minutesPerDay : 0)
        return minutes.upperBound > shiftEnd ? .outsideShift : nil
    }
}
