package import Shared

/// Why a line stood: what a person said, who and when. It never changes times.
package struct StopCause: Hashable, Sendable {
    package var incident: IncidentID?
    package var reason: String?
    package var justifiedBy: Author?
    package var justifiedAt: Instant?

    package init(incident: IncidentID?, reason: String?, justifiedBy: Author?, justifiedAt: Instant?) {
        self.incident = incident
        self.reason = reason
        self.justifiedBy = justifiedBy
        self.justifiedAt = justifiedAt
    }

    /// Whether anything is said at all; an emptied cause takes an earlier one back.
    package var isStated: Bool { incident != nil || reason != nil }
}

/// A cause a person gave to a calculated stop, with the interval that stop had then.
///
/// The stop follows the detections and may since have grown, shrunk or split: each part takes the cause it overlaps
/// most, of equal overlaps the one given last.
package struct AttachedCause: Hashable, Sendable {
    package var interval: Interval
    package var cause: StopCause
    /// The edit that gave it.
    package var fact: FactID?

    package init(interval: Interval, cause: StopCause, fact: FactID? = nil) {
        self.interval = interval
        self.cause = cause
        self.fact = fact
    }
}

/// Finds the cause of a calculated stop among those attached to its line.
struct CauseMatcher {
    /// Ascending by the start of their interval.
    let causes: [AttachedCause]
    /// The latest end of the causes up to each index: where the search backwards may end.
    private let latestEnd: [Int64]

    init(_ unordered: [AttachedCause]) {
        causes = unordered.enumerated()
            .sorted { ($0.element.interval.start, $0.offset) < ($1.element.interval.start, $1.offset) }
            .map(\.element)
        var latest = Int64.min
        latestEnd = causes.map { attached in
            latest = max(latest, attached.interval.end.microseconds)
            return latest
        }
    }

    /// The index of the stated cause of `[start, end)`; nil when there is none or it was taken back.
    func match(start: Int64, end: Int64) -> Int? {
        var low = 0
        var high = causes.count
        while low < high {
            let middle = (low + high) / 2
            if causes[middle].interval.start.microseconds < end {
                low = middle + 1
            } else {
                high = middle
            }
        }
        var best: Int?
        var bestOverlap: Int64 = 0
        var bestGiven = Int64.min
        var index = low - 1
        while index >= 0, latestEnd[index] > start {
            let candidate = causes[index]
            let overlap =
                min(end, candidate.interval.end.microseconds) - max(start, candidate.interval.start.microseconds)
            let given = candidate.cause.justifiedAt?.microseconds ?? Int64.min
            if overlap > bestOverlap || (overlap == bestOverlap && best != nil && given > bestGiven) {
                best = index
                bestOverlap = overlap
                bestGiven = given
            }
            index -= 1
        }
        guard let best, causes[best].cause.isStated else { return nil }
        return best
    }
}
