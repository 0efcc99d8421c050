package import Shared

/// A stop, micro-stop or remainder with a part in a planned time, and what decides which of the three it is.
package struct StopPart: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case stop
        case micro
        /// Downtime, but neither listed nor counted.
        case remainder
    }

    /// The stop's number when it is a registered one.
    package let id: StopID?
    /// Its whole life, up to now while it is ongoing.
    package let interval: Interval
    package let isOngoing: Bool
    package let source: StopSource
    package let kind: Kind
    /// Start of the calculated stop it is left of: the settings valid there decide what it is. Nil for a registered one.
    package let calculatedFrom: Instant?
    /// Microseconds of it inside the planned time asked for.
    package let plannedInPeriod: Int64
    /// Microseconds of its whole life inside the line's own planned time.
    package let plannedDuration: Int64
    package let cause: StopCause?
}

extension StopTimeline {
    /// All that is downtime in the planned time, by start: the listed stops and the remainders.
    package func parts(planned: IntervalSet) -> [StopPart] {
        var result: [StopPart] = []
        var walk = PlannedPieces(self, planned: planned)
        while let (index, inPlanned) = walk.next() {
            let piece = pieces[index]
            let isRegistered = piece.registered >= 0
            let kind: StopPart.Kind
            switch piece.rank {
            case .stop: kind = .stop
            case .micro: kind = .micro
            case .remainder: kind = .remainder
            }
            result.append(
                StopPart(
                    id: isRegistered ? registeredStops[Int(piece.registered)].id : nil,
                    interval: Interval(
                        start: Instant(microseconds: piece.start), end: Instant(microseconds: piece.end)),
                    isOngoing: piece.isOngoing,
                    source: isRegistered ? .registered : .calculated,
                    kind: kind,
                    calculatedFrom: isRegistered ? nil : Instant(microseconds: piece.calculatedFrom),
                    plannedInPeriod: inPlanned,
                    plannedDuration: piece.planned,
                    cause: piece.cause >= 0 ? causes[Int(piece.cause)] : nil
                )
            )
        }
        return result
    }
}
