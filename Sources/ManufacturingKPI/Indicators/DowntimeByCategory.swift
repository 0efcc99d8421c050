package import Shared

/// A period's downtime by category of loss; all categories together are the downtime. Microseconds.
package struct DowntimeByCategory: Hashable, Sendable {
    private var lengths = [Int64](repeating: 0, count: LossCategory.allCases.count)
    /// The part of it whose stops have no incident, counted in `LossCategory.ofUnexplained`.
    package private(set) var unexplained: Int64 = 0

    package init() {}

    package subscript(category: LossCategory) -> Int64 { lengths[Self.position(of: category)] }

    /// Sum over all categories.
    package var total: Int64 { lengths.reduce(0, +) }

    /// The downtime of a line, remainders included, in the planned time of a period.
    ///
    /// - Parameter categories: of every incident; one that is missing counts as unexplained.
    package init(_ timeline: StopTimeline, planned: IntervalSet, categories: [IncidentID: LossCategory]) {
        let known = timeline.causes.map { cause in cause.incident.flatMap { categories[$0] } }
        var walk = PlannedPieces(timeline, planned: planned)
        while let (index, inPlanned) = walk.next() {
            let cause = timeline.pieces[index].cause
            if cause >= 0, let category = known[Int(cause)] {
                lengths[Self.position(of: category)] += inPlanned
            } else {
                lengths[Self.position(of: .ofUnexplained)] += inPlanned
                unexplained += inPlanned
            }
        }
    }

    /// Adds another line's downtime.
    package static func += (left: inout DowntimeByCategory, right: DowntimeByCategory) {
        for position in left.lengths.indices {
            left.lengths[position] += right.lengths[position]
        }
        left.unexplained += right.unexplained
    }

    private static func position(of category: LossCategory) -> Int {
        switch category {
        case .breakdown: 0
        case .changeover: 1
        case .planned: 2
        case .noDemand: 3
        case .material: 4
        case .quality: 5
        case .other: 6
        }
    }
}
