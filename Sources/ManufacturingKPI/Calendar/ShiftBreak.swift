package import Shared

/// A named pause inside a shift, in times on the clock.
package struct ShiftBreak: Hashable, Sendable {
    package let name: String
    package let start: LocalTime
    package let end: LocalTime

    package init(name: String, start: LocalTime, end: LocalTime) {
        self.name = name
        self.start = start
        self.end = end
    }

    /// Why a break does not belong into a shift.
    package enum Fault: Error, Hashable, Sendable {
        /// It starts and ends at the same time.
        case noLength
        /// A part of it lies before the shift's start or after its end.
        case outsideShift
    }

    /// Minutes from 00:00 of the shift's start day: a break that starts before the shift does is on the next day.
    func minutes(inShiftFrom shiftStart: LocalTime) -> Range<Int> {
        let day = start < shiftStart ? LocalTime.minutesPerDay : 0
        let length = end.minuteOfDay - start.minuteOfDay
        let from = day + start.minuteOfDay
        return from..<(from + (length < 0 ? length + LocalTime.minutesPerDay : length))
    }
}
