/// A time of the day on a wall clock, to the minute.
package struct LocalTime: Hashable, Comparable, Sendable {
    /// Minutes since 00:00, 0–1439.
    package let minuteOfDay: Int

    /// Nil when `minuteOfDay` is not in 0–1439.
    package init?(minuteOfDay: Int) {
        guard (0..<Self.minutesPerDay).contains(minuteOfDay) else { return nil }
        self.minuteOfDay = minuteOfDay
    }

    /// Nil for an hour over 23 or a minute over 59.
    package init?(hour: Int, minute: Int) {
        guard (0...23).contains(hour), (0...59).contains(minute) else { return nil }
        self.minuteOfDay = hour * 60 + minute
    }

    /// Reads `HH:MM` and nothing else; 24:00 is impossible.
    package init(parsing bytes: Span<UInt8>) throws(TimeTextError) {
        guard bytes.count == 5 else { throw .malformed }
        try self.init(bytes, at: 0)
    }

    /// Reads `HH:MM` and nothing else; 24:00 is impossible.
    package init(parsing text: String) throws(TimeTextError) {
        let bytes = Array(text.utf8)
        try self.init(parsing: bytes.span)
    }

    /// Reads five bytes from `index` on.
    init(_ bytes: Span<UInt8>, at index: Int) throws(TimeTextError) {
        guard let hour = bytes.decimal(at: index, count: 2), bytes.holds(":", at: index + 2),
            let minute = bytes.decimal(at: index + 3, count: 2)
        else { throw .malformed }
        guard let time = LocalTime(hour: hour, minute: minute) else { throw .impossibleTime }
        self = time
    }

    package static let minutesPerDay = 1_440

    /// 00:00.
    package static let firstMinute = LocalTime(known: 0)
    /// 23:59.
    package static let lastMinute = LocalTime(known: minutesPerDay - 1)

    private init(known minuteOfDay: Int) {
        self.minuteOfDay = minuteOfDay
    }

    package static func < (left: LocalTime, right: LocalTime) -> Bool {
        left.minuteOfDay < right.minuteOfDay
    }

    package var hour: Int { minuteOfDay / 60 }

    package var minute: Int { minuteOfDay % 60 }

    /// Appends `HH:MM`.
    package func append(to bytes: inout [UInt8]) {
        bytes.appendDecimal(hour, width: 2)
        bytes.append(UInt8(ascii: ":"))
        bytes.appendDecimal(minute, width: 2)
    }
}

extension LocalTime: CustomStringConvertible {
    /// `HH:MM`.
    package var description: String {
        var bytes: [UInt8] = []
        append(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}
