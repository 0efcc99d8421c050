import NIOCore
package import Shared

/// That detections are not stored, and what would become of the figures of some local days is told instead.
package struct DetectionTrial: Equatable, Sendable {
    /// Days of one question, at most.
    package static let mostDays = 62
    /// Rows of one question, at most: all of them are thought of at once, in memory.
    package static let mostRows = 500_000

    /// On the clock of each line's plant.
    package var days: ClosedRange<LocalDate>

    package init(days: ClosedRange<LocalDate>) {
        self.days = days
    }

    func write(to buffer: inout ByteBuffer) {
        buffer.writeInteger(Int32(clamping: days.lowerBound.dayNumber))
        buffer.writeInteger(Int32(clamping: days.upperBound.dayNumber))
    }

    init(from buffer: inout ByteBuffer) throws(WireError) {
        let first: Int32 = try buffer.readWireInteger()
        let last: Int32 = try buffer.readWireInteger()
        guard first <= last, Int(last) - Int(first) < Self.mostDays else { throw .invalidValue("days") }
        days = LocalDate(dayNumber: Int(first))...LocalDate(dayNumber: Int(last))
    }
}
