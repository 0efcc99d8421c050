package import Shared

/// What goes wrong when figures are counted.
package enum CountsFault: Error, Hashable, Sendable {
    /// The period cuts a minute of which the caller did not count this stretch exactly.
    case missingCutMinute(Interval)
}

/// The exact detections of a stretch shorter than a minute, where a period or now cuts one.
package struct CutMinute: Hashable, Sendable {
    /// As `LineCounts.cutMinutes(of:)` gives it.
    package var stretch: Interval
    /// One count per series of the line, in their order.
    package var counts: [Int]

    package init(stretch: Interval, counts: [Int]) {
        self.stretch = stretch
        self.counts = counts
    }
}

/// All counts of a line over a period: one series per area and product, and the minutes the period cuts.
package struct LineCounts: Sendable {
    package let series: [MinuteSeries]
    package let cuts: [CutMinute]

    /// - Parameters:
    ///   - series: in an order that depends on areas and products only, so that equal data give equal bytes.
    ///   - cuts: for every stretch `cutMinutes(of:lineChanges:products:)` names, counts of each series in that order.
    /// - Precondition: every cut has one count per series.
    package init(series: [MinuteSeries], cuts: [CutMinute] = []) {
        precondition(cuts.allSatisfy { $0.counts.count == series.count }, "a cut minute lacks the count of a series")
        self.series = series
        self.cuts = cuts
    }

    /// The at most two stretches shorter than a minute at the edges of a period, already cut at now, that have to
    /// be counted exactly.
    package static func cutMinutes(of period: Interval) -> [Interval] {
        guard !period.isEmpty else { return [] }
        let (head, whole, tail) = parts(of: period)
        _ = whole
        return [head, tail].compactMap { $0 }
    }

    /// All stretches shorter than a minute that a line's figures over this time need counted exactly: at its edges, and
    /// where a version of a rate or weight begins within a minute. None twice.
    ///
    /// - Parameter lineChanges: where versions of the line's settings begin.
    package static func cutMinutes(
        of time: LinePeriod, lineChanges: [Instant], products: [ProductTerms]
    ) -> [Interval] {
        var stretches: [Interval] = []
        func add(_ set: IntervalSet, changes: [Instant]) {
            for interval in set.intervals {
                let inside = changes.filter { interval.start < $0 && $0 < interval.end }
                for piece in interval.split(at: inside) {
                    for stretch in cutMinutes(of: piece) where !stretches.contains(stretch) {
                        stretches.append(stretch)
                    }
                }
            }
        }
        for set in [time.all, time.planned, time.counted] { add(set, changes: []) }
        let hull = time.hull
        if !lineChanges.isEmpty { add(time.counted, changes: lineChanges) }
        for product in products {
            let weights = product.weight.changes(within: hull)
            if !weights.isEmpty {
                add(time.all, changes: weights)
                if time.isOfShift { add(time.counted, changes: weights) }
            }
            let own = product.idealRate.changes(within: hull)
            if !own.isEmpty { add(time.counted, changes: lineChanges + own) }
        }
        return stretches
    }

    /// A stretch as a cut beginning, whole minutes, and a cut end.
    static func parts(of interval: Interval) -> (head: Interval?, whole: Range<Int64>, tail: Interval?) {
        let perMinute = Instant.microsecondsPerMinute
        let firstWhole = (interval.start.microseconds + perMinute - 1).flooredDivision(by: perMinute)
        let endWhole = interval.end.minute
        if firstWhole > endWhole {
            return (interval, firstWhole..<firstWhole, nil)
        }
        let head = Instant(minute: firstWhole)
        let tail = Instant(minute: endWhole)
        return (
            interval.start < head ? Interval(start: interval.start, end: head) : nil,
            firstWhole..<endWhole,
            tail < interval.end ? Interval(start: tail, end: interval.end) : nil
        )
    }
}

/// A set of time prepared for counting: whole minutes, and the cut ones by their index.
struct CountedTime {
    private var minutes: [Range<Int64>] = []
    private var cuts: [Int] = []

    init(_ set: IntervalSet, counts: LineCounts) throws(CountsFault) {
        minutes.reserveCapacity(set.intervals.count)
        for interval in set.intervals {
            let (head, whole, tail) = LineCounts.parts(of: interval)
            if !whole.isEmpty { minutes.append(whole) }
            for stretch in [head, tail] {
                guard let stretch else { continue }
                guard let index = counts.cuts.firstIndex(where: { $0.stretch == stretch }) else {
                    throw .missingCutMinute(stretch)
                }
                cuts.append(index)
            }
        }
    }

    /// Detections of one series in this time.
    func detections(of index: Int, in counts: LineCounts) -> Int {
        var total = 0
        for range in minutes {
            total += counts.series[index].detections(fromMinute: range.lowerBound, to: range.upperBound)
        }
        for cut in cuts {
            total += counts.cuts[cut].counts[index]
        }
        return total
    }
}

extension LineCounts {
    /// Detections of the chosen series in a set of time; for figures that areas and products filter.
    ///
    /// - Parameter isChosen: by area, type and product of a series.
    package func detections(
        in set: IntervalSet, where isChosen: (MinuteSeries) -> Bool
    ) throws(CountsFault) -> Int {
        let time = try CountedTime(set, counts: self)
        var total = 0
        for index in series.indices where isChosen(series[index]) {
            total += time.detections(of: index, in: self)
        }
        return total
    }
}
