/// A point in time: microseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
package struct Instant: Hashable, Comparable, Sendable {
    package var microseconds: Int64

    package init(microseconds: Int64) {
        self.microseconds = microseconds
    }

    /// Whole seconds since 1970-01-01T00:00:00Z.
    package init(seconds: Int64) {
        self.microseconds = seconds * Self.microsecondsPerSecond
    }

    package static let microsecondsPerSecond: Int64 = 1_000_000
    package static let microsecondsPerMinute: Int64 = 60_000_000

    package static func < (left: Instant, right: Instant) -> Bool {
        left.microseconds < right.microseconds
    }

    package static func + (instant: Instant, microseconds: Int64) -> Instant {
        Instant(microseconds: instant.microseconds + microseconds)
    }

    /// Microseconds from `right` to `left`.
    package static func - (left: Instant, right: Instant) -> Int64 {
        left.microseconds - right.microseconds
    }

    /// The number of whole UTC minutes since 1970, rounded down.
    package var minute: Int64 {
        microseconds.flooredDivision(by: Self.microsecondsPerMinute)
    }

    /// The first instant of a UTC minute counted since 1970.
    package init(minute: Int64) {
        self.microseconds = minute * Self.microsecondsPerMinute
    }
}

extension Int64 {
    /// Division rounded towards negative infinity; `divisor` is positive.
    package func flooredDivision(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
