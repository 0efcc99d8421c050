package import Shared

extension LineCounts {
    /// The first and the last minute of a set of time in which the chosen series have a detection, as their starts; nil
    /// when there is none. A cut minute counts as a whole one.
    package func reach(in set: IntervalSet, where isChosen: (MinuteSeries) -> Bool) -> (first: Instant, last: Instant)?
    {
        var first = Int64.max
        var last = Int64.min
        for interval in set.intervals {
            let (head, whole, tail) = Self.parts(of: interval)
            for index in series.indices where isChosen(series[index]) {
                if let minute = series[index].firstMinute(from: whole.lowerBound, to: whole.upperBound) {
                    first = min(first, minute)
                }
                if let minute = series[index].lastMinute(from: whole.lowerBound, to: whole.upperBound) {
                    last = max(last, minute)
                }
                for stretch in [head, tail] {
                    guard let stretch, cuts.contains(where: { $0.stretch == stretch && $0.counts[index] > 0 }) else {
                        continue
                    }
                    first = min(first, stretch.start.minute)
                    last = max(last, stretch.start.minute)
                }
            }
        }
        return first <= last ? (Instant(minute: first), Instant(minute: last)) : nil
    }
}
