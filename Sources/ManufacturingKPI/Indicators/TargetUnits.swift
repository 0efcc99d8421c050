package import Shared

/// What a line should have made in a planned time: rate × planned minutes × target OEE, each version over its own time.
package struct TargetUnits: Hashable, Sendable {
    package var units = 0.0
    /// At some of the time no target is set, so that the nominal rate itself is asked for.
    package var isNominal = false

    /// Nil when the line has no rate at some of the time.
    package init?(_ settings: LineSettings, over planned: IntervalSet) {
        guard let first = planned.intervals.first, let last = planned.intervals.last else { return }
        let hull = Interval(start: first.start, end: last.end)
        for piece in hull.split(at: settings.versions.changes(within: hull)) {
            let length = planned.length(within: piece)
            guard length > 0 else { continue }
            let version = settings.version(at: piece.start)
            guard let rate = version.knownRate else { return nil }
            units += rate * length.seconds / 60 * (version.targetOEE ?? 1)
            if version.targetOEE == nil { isNominal = true }
        }
    }
}
