/// A point in time as timestamptz: microseconds since 1970-01-01T00:00:00Z.
///
/// `Int64.max` and `Int64.min` stand for PostgreSQL's infinity and -infinity.
package struct PostgresTimestamp: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    /// The point `microseconds` after 1970-01-01T00:00:00Z.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: PostgresTimestamp, right: PostgresTimestamp) -> Bool {
        left.microseconds < right.microseconds
    }

    /// From 1970 to 2000-01-01T00:00:00Z, where PostgreSQL counts from.
    static let epochOffset: Int64 = 946_684_800_000_000
}

extension PostgresTimestamp: PostgresArrayElement {
    package static var postgresType: PostgresType { .timestamptz }
    package static var postgresArrayType: PostgresType { .timestamptzArray }

    package func encode(into buffer: inout [UInt8]) {
        guard microseconds != .max, microseconds != .min else { return buffer.append(bigEndian: microseconds) }
        let (value, overflow) = microseconds.subtractingReportingOverflow(Self.epochOffset)
        // Below what PostgreSQL can hold: the smallest finite value makes the server refuse it (22008), and is not
        // -infinity.
        buffer.append(bigEndian: overflow || value == .min ? Int64.min + 1 : value)
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresTimestamp {
        guard type == .timestamptz else { throw .wrongType(expected: "timestamptz", found: type) }
        let value = try bytes.whole(as: Int64.self)
        guard value != .max, value != .min else { return PostgresTimestamp(microseconds: value) }
        let (microseconds, overflow) = value.addingReportingOverflow(epochOffset)
        guard !overflow, microseconds != .max else { throw .outOfRange }
        return PostgresTimestamp(microseconds: microseconds)
    }
}

/// A calendar day: days since 1970-01-01. `Int32.max` and `Int32.min` stand for infinity and -infinity.
package struct PostgresDate: Hashable, Comparable, Sendable {
    package var days: Int32

    /// The day `days` after 1970-01-01.
    package init(days: Int32) {
        self.days = days
    }

    package static func < (left: PostgresDate, right: PostgresDate) -> Bool {
        left.days < right.days
    }

    static let epochOffset: Int32 = 10_957
}

extension PostgresDate: PostgresArrayElement {
    package static var postgresType: PostgresType { .date }
    package static var postgresArrayType: PostgresType { .dateArray }

    package func encode(into buffer: inout [UInt8]) {
        guard days != .max, days != .min else { return buffer.append(bigEndian: days) }
        let (value, overflow) = days.subtractingReportingOverflow(Self.epochOffset)
        buffer.append(bigEndian: overflow || value == .min ? Int32.min + 1 : value)
    }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresDate {
        guard type == .date else { throw .wrongType(expected: "date", found: type) }
        let value = try bytes.whole(as: Int32.self)
        guard value != .max, value != .min else { return PostgresDate(days: value) }
        let (days, overflow) = value.addingReportingOverflow(epochOffset)
        guard !overflow, days != .max else { throw .outOfRange }
        return PostgresDate(days: days)
    }
}

/// A local time of day: microseconds since midnight, at most 24:00.
package struct PostgresTime: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    /// The time `microseconds` after midnight; the server refuses what is outside the day.
    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    package static func < (left: PostgresTime, right: PostgresTime) -> Bool {
        left.microseconds < right.microseconds
    }
}

extension PostgresTime: PostgresArrayElement {
    package static var postgresType: PostgresType { .time }
    package static var postgresArrayType: PostgresType { .timeArray }

    package func encode(into buffer: inout [UInt8]) { buffer.append(bigEndian: microseconds) }

    package static func decode(
        _ bytes: UnsafeRawBufferPointer, type: PostgresType
    ) throws(DecodingFailure.Reason) -> PostgresTime {
        guard type == .time else { throw .wrongType(expected: "time", found: type) }
        return PostgresTime(microseconds: try bytes.whole(as: Int64.self))
    }
}
