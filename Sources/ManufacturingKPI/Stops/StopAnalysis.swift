package import Shared

/// A line's stops measured in the planned time of one period. Times in microseconds.
package struct StopAnalysis: Hashable, Sendable {
    /// Union of all stops in the planned time, remainders included.
    package var downtime: Int64 = 0
    /// Listed stops that are not micro-stops and have a part in the planned time.
    package var stops = 0
    package var microStops = 0
    /// What `stops` have in the planned time: neither micro-stops nor remainders.
    package var stopDowntime: Int64 = 0
    package var microStopDowntime: Int64 = 0
    /// Sum of the full lengths of the listed stops, micro-stops included: `total_seconds`.
    package var totalDuration: Int64 = 0

    /// `planned_total_seconds`: the downtime.
    package var plannedTotal: Int64 { downtime }

    /// Downtime of pieces that are neither listed nor counted.
    package var remainderDowntime: Int64 { downtime - stopDowntime - microStopDowntime }

    package init() {}
}

/// Walks the pieces that have a part in a planned time, with its length.
struct PlannedPieces: IteratorProtocol {
    private let timeline: StopTimeline
    private let end: Int64
    private var index: Int
    private var walk: PlannedWalk

    init(_ timeline: StopTimeline, planned: IntervalSet) {
        self.timeline = timeline
        let start = planned.intervals.first?.start.microseconds ?? Int64.max
        end = planned.intervals.last?.end.microseconds ?? Int64.min
        index = timeline.firstIndex(endingAfter: start)
        walk = PlannedWalk(planned)
    }

    mutating func next() -> (index: Int, planned: Int64)? {
        while index < timeline.pieces.count, timeline.pieces[index].start < end {
            let current = index
            index += 1
            let planned = walk.length(from: timeline.pieces[current].start, to: timeline.pieces[current].end)
            if planned > 0 { return (current, planned) }
        }
        return nil
    }
}

extension StopTimeline {
    /// Counts and seconds of the stops in the planned time of a period (of the selected shift, when there is one).
    package func analysis(planned: IntervalSet) -> StopAnalysis {
        var result = StopAnalysis()
        var walk = PlannedPieces(self, planned: planned)
        while let (index, inPlanned) = walk.next() {
            let piece = pieces[index]
            result.downtime += inPlanned
            switch piece.rank {
            case .stop:
                result.stops += 1
                result.stopDowntime += inPlanned
                result.totalDuration += piece.end - piece.start
            case .micro:
                result.microStops += 1
                result.microStopDowntime += inPlanned
                result.totalDuration += piece.end - piece.start
            case .remainder:
                break
            }
        }
        return result
    }

    /// The listed stops with a part in the planned time, by start.
    ///
    /// - Parameter newest: at most so many, the latest; nil: all.
    package func stops(planned: IntervalSet, newest: Int? = nil) -> [Stop] {
        var found: [(index: Int, planned: Int64)] = []
        var walk = PlannedPieces(self, planned: planned)
        while let piece = walk.next() {
            if pieces[piece.index].rank != .remainder { found.append(piece) }
        }
        return found.suffix(newest ?? found.count).map { stop($0.index, plannedInPeriod: $0.planned) }
    }

    /// What is downtime in the planned time without being listed or counted, whole pieces by start.
    package func remainders(planned: IntervalSet) -> [Interval] {
        var result: [Interval] = []
        var walk = PlannedPieces(self, planned: planned)
        while let (index, _) = walk.next() {
            guard pieces[index].rank == .remainder else { continue }
            result.append(interval(of: pieces[index]))
        }
        return result
    }

    private func interval(of piece: Piece) -> Interval {
        Interval(start: Instant(microseconds: piece.start), end: Instant(microseconds: piece.end))
    }

    private func stop(_ index: Int, plannedInPeriod: Int64) -> Stop {
        let piece = pieces[index]
        let isRegistered = piece.registered >= 0
        return Stop(
            id: isRegistered ? registeredStops[Int(piece.registered)].id : nil,
            interval: interval(of: piece),
            isOngoing: piece.isOngoing,
            source: isRegistered ? .registered : .calculated,
            kind: piece.rank == .micro ? .micro : .stop,
            plannedInPeriod: plannedInPeriod,
            plannedDuration: piece.planned,
            cause: piece.cause >= 0 ? causes[Int(piece.cause)] : nil
        )
    }
}
