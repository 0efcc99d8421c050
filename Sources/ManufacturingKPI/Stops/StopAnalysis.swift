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
    /// - Parameter products: runs of the line's first area, to suggest changeovers; nil suggests none.
    package func stops(planned: IntervalSet, products: ProductRuns? = nil) -> [Stop] {
        var result: [Stop] = []
        var walk = PlannedPieces(self, planned: planned)
        while let (index, inPlanned) = walk.next() {
            let kind: StopKind
            switch pieces[index].rank {
            case .stop: kind = .stop
            case .micro: kind = .micro
            case .remainder: continue
            }
            result.append(stop(index, kind: kind, plannedInPeriod: inPlanned, products: products))
        }
        return result
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

    private func stop(_ index: Int, kind: StopKind, plannedInPeriod: Int64, products: ProductRuns?) -> Stop {
        let piece = pieces[index]
        let interval = interval(of: piece)
        let isRegistered = piece.registered >= 0
        return Stop(
            id: isRegistered ? registeredStops[Int(piece.registered)].id : nil,
            interval: interval,
            isOngoing: piece.isOngoing,
            source: isRegistered ? .registered : .calculated,
            kind: kind,
            plannedInPeriod: plannedInPeriod,
            plannedDuration: piece.planned,
            cause: piece.cause >= 0 ? causes[Int(piece.cause)] : nil,
            suggestedChangeover: piece.isOngoing ? nil : products?.changeover(over: interval)
        )
    }
}
