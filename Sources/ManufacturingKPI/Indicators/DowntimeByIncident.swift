package import Shared

/// A period's downtime by incident; all of them together are the downtime, remainders included.
package struct DowntimeByIncident: Sendable {
    package struct Part: Hashable, Sendable {
        /// Nil: nobody has named one.
        package let incident: IncidentID?
        /// Microseconds in the planned time.
        package var downtime: Int64 = 0
        /// Listed stops without micro-stops.
        package var stops = 0
        package var microStops = 0
    }

    /// In order of first appearance.
    package private(set) var parts: [Part] = []

    package init() {}

    /// The downtime of a line in the planned time of a period.
    package init(_ timeline: StopTimeline, planned: IntervalSet) {
        var walk = PlannedPieces(timeline, planned: planned)
        while let (index, inPlanned) = walk.next() {
            let piece = timeline.pieces[index]
            let incident = piece.cause >= 0 ? timeline.causes[Int(piece.cause)].incident : nil
            let position = position(of: incident)
            parts[position].downtime += inPlanned
            switch piece.rank {
            case .stop: parts[position].stops += 1
            case .micro: parts[position].microStops += 1
            case .remainder: break
            }
        }
    }

    /// Adds another line's downtime.
    package static func += (left: inout DowntimeByIncident, right: DowntimeByIncident) {
        for part in right.parts {
            let position = left.position(of: part.incident)
            left.parts[position].downtime += part.downtime
            left.parts[position].stops += part.stops
            left.parts[position].microStops += part.microStops
        }
    }

    private mutating func position(of incident: IncidentID?) -> Int {
        if let known = parts.firstIndex(where: { $0.incident == incident }) { return known }
        parts.append(Part(incident: incident))
        return parts.count - 1
    }
}
