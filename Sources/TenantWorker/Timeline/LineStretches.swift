import ManufacturingKPI
import Shared

extension LineQuestion {
    /// What the buckets of these figures have to cover. Where whole workings of a shift are asked for by date, each counts
    /// on the day it starts, so that days reach no further than the period.
    func extent(in size: BucketSize) -> Interval {
        countsByStartDay(size) ? period.interval : extent
    }

    /// The time of each bucket, for figures; nil for one that has not begun. All of them together are the whole time:
    /// their sums add up to those of the question.
    ///
    /// - Parameter shift: the shift the question was asked with.
    func times(in buckets: Buckets, shift: ShiftID?) -> [LinePeriod?] {
        if let shift, let dates = period.wholeDates, countsByStartDay(buckets.size) {
            return times(of: shift, on: dates, in: buckets)
        }
        let intervals = (0..<buckets.count).map { buckets.interval(at: $0) }
        let planned = time.planned.parts(in: intervals)
        let counted = hasShift ? time.counted.parts(in: intervals) : []
        return intervals.indices.map { index in
            let cut = intervals[index].intersection(time.period)
            guard cut != nil || (hasShift && !counted[index].isEmpty) else { return nil }
            return LinePeriod(
                period: cut ?? Interval(start: intervals[index].start, end: intervals[index].start),
                planned: planned[index],
                instances: hasShift ? counted[index] : nil,
                now: now
            )
        }
    }

    private func countsByStartDay(_ size: BucketSize) -> Bool {
        switch size {
        case .minute, .quarterHour, .hour: false
        case .day, .week, .month: hasShift && period.wholeDates != nil
        }
    }

    private func times(of shift: ShiftID, on dates: ClosedRange<LocalDate>, in buckets: Buckets) -> [LinePeriod?] {
        var earlier = IntervalSet()
        return (0..<buckets.count).map { index in
            guard let own = buckets.days(at: index, within: dates) else { return nil }
            let days = Period(own, in: zone)
            guard days.interval.start < now else { return nil }
            let working = calendar.time(of: shift, in: days, now: now)
            defer { earlier = working.counted }
            return LinePeriod(
                period: days.interval,
                planned: working.planned,
                instances: working.counted,
                elsewhere: earlier,
                now: now
            )
        }
    }
}

/// The figures of several lines together in each bucket.
struct BucketFigures: Sendable {
    let grid: BucketGrid
    /// Of each line in each place, in the order of the questions; nil where it has not begun.
    let lines: [[LineIndicators?]]
    /// Nil where no line has begun.
    let totals: [LineIndicators?]

    /// Works out all lines at once.
    init(_ size: BucketSize, of questions: [LineQuestion], shift: ShiftID?) async throws {
        let grid = BucketGrid(size, over: questions.map { (zone: $0.zone, interval: $0.extent(in: size)) })
        let lines = try await AllLoops.compute(questions.count) { index in
            Result {
                let (question, column) = (questions[index], grid.columns[index])
                var own = [LineIndicators?](repeating: nil, count: grid.count)
                for (time, place) in zip(question.times(in: column.buckets, shift: shift), column.places) {
                    guard let time else { continue }
                    own[place] = try LineIndicators(of: question.facts, over: time)
                }
                return own
            }
        }.map { try $0.get() }
        self.grid = grid
        self.lines = lines
        totals = (0..<grid.count).map { place in
            let known = lines.compactMap { $0[place] }
            return known.isEmpty ? nil : LineIndicators.combine(known)
        }
    }
}
