package import Shared

/// Where a stop comes from.
package enum StopSource: String, Hashable, Sendable, CaseIterable {
    /// Found in the detections.
    case calculated
    /// Its times were typed by a person.
    case registered
}

/// How a listed stop is counted.
package enum StopKind: String, Hashable, Sendable, CaseIterable {
    case stop
    case micro
}

/// The products made before and after a stop where they differ: a suggestion, a person's cause wins.
package struct Changeover: Hashable, Sendable {
    package var from: ProductID
    package var to: ProductID

    package init(from: ProductID, to: ProductID) {
        self.from = from
        self.to = to
    }
}

/// A stop as it is listed: over its whole life, with what of it lies in the planned time asked for.
package struct Stop: Hashable, Sendable {
    /// The number it is stored under; nil while it is not.
    package var id: StopID?
    /// Its whole life, up to now while it is ongoing.
    package var interval: Interval
    /// It has no end yet.
    package var isOngoing: Bool
    package var source: StopSource
    package var kind: StopKind
    /// Microseconds of it inside the planned time of the period asked for.
    package var plannedInPeriod: Int64
    /// Microseconds of its whole life inside the line's own planned time.
    package var plannedDuration: Int64
    package var cause: StopCause?
    package var suggestedChangeover: Changeover?

    /// Nil while ongoing.
    package var end: Instant? { isOngoing ? nil : interval.end }

    /// Full length in microseconds.
    package var duration: Int64 { interval.length }
}

extension Stop {
    /// A stored stop on its own, whatever planned time it has: as it is shown where no period was asked for.
    ///
    /// - Parameter planned: its part inside the line's own planned time, microseconds.
    package init(_ stored: StoredStop, kind: StopKind, planned: Int64, now: Instant) {
        self.init(
            id: stored.id, interval: stored.stop.interval(now: now), isOngoing: stored.stop.end == nil,
            source: stored.stop.source, kind: kind, plannedInPeriod: planned, plannedDuration: planned,
            cause: stored.stop.cause, suggestedChangeover: nil
        )
    }
}
