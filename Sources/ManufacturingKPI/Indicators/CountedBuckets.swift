package import Shared

/// A set of time laid over buckets: which whole minutes, and which cut ones, lie in each. Worked out once in one walk, then
/// asked for every series.
package struct CountedBuckets: Sendable {
    private struct Stretch {
        var bucket: Int
        var from: Int64
        var to: Int64
    }

    private var stretches: [Stretch] = []
    /// Bucket and index of the cut minute.
    private var cuts: [(bucket: Int, index: Int)] = []

    /// - Throws: when the set or a bucket cuts a minute whose exact counts are missing.
    package init(_ set: IntervalSet, over buckets: Buckets, counts: LineCounts) throws(CountsFault) {
        stretches.reserveCapacity(buckets.count + set.intervals.count)
        var first = 0
        for interval in set.intervals {
            while first < buckets.count, buckets.interval(at: first).end <= interval.start { first += 1 }
            var bucket = first
            while bucket < buckets.count, buckets.starts[bucket] < interval.end {
                if let part = interval.intersection(buckets.interval(at: bucket)) {
                    try add(part, bucket, counts)
                }
                bucket += 1
            }
        }
    }

    private mutating func add(_ part: Interval, _ bucket: Int, _ counts: LineCounts) throws(CountsFault) {
        let (head, whole, tail) = LineCounts.parts(of: part)
        if !whole.isEmpty {
            stretches.append(Stretch(bucket: bucket, from: whole.lowerBound, to: whole.upperBound))
        }
        for stretch in [head, tail] {
            guard let stretch else { continue }
            guard let index = counts.cuts.firstIndex(where: { $0.stretch == stretch }) else {
                throw .missingCutMinute(stretch)
            }
            cuts.append((bucket, index))
        }
    }

    /// Adds one series' detections of every bucket to what stands at the bucket's place.
    ///
    /// - Parameter places: of each bucket, its place in `totals`.
    package func add(_ index: Int, of counts: LineCounts, to totals: inout [Int], at places: [Int]) {
        let series = counts.series[index]
        for stretch in stretches {
            totals[places[stretch.bucket]] += series.detections(fromMinute: stretch.from, to: stretch.to)
        }
        for cut in cuts {
            totals[places[cut.bucket]] += counts.cuts[cut.index].counts[index]
        }
    }
}
