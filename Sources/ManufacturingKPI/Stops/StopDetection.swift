package import Shared

/// The times of all stops of a line that touch a span: calculated runs and registered stops (domain §3, rules 1–4).
///
/// First half of the work: it tells how far those stops reach, so that the caller can supply the line's planned time
/// over their whole life to `StopTimeline`.
package struct StopDetection: Sendable {
    /// A calculated stop before registered ones are taken out of it. Microseconds.
    struct Run: Equatable {
        var start: Int64
        var end: Int64
        var isOngoing: Bool
    }

    /// A registered stop cut at now; disjoint and ascending.
    struct Registered: Equatable {
        var start: Int64
        var end: Int64
        var isOngoing: Bool
        /// Index into `registeredStops`.
        var index: Int
    }

    /// Ascending and disjoint; only those that share time with the span.
    let runs: [Run]
    let registered: [Registered]
    /// What is taken out of calculated stops: registered ones and what people removed.
    let blocked: IntervalSet
    let registeredStops: [RegisteredStop]
    let settings: LineSettings
    /// Replaces the line's own threshold (what-if), microseconds.
    let threshold: Int64?
    package let now: Instant
    /// From the first start to the last end of these stops, at least the span itself.
    package let reach: Interval

    /// - Parameters:
    ///   - gaps: must hold every gap longer than any threshold in force.
    ///   - registered: all of the reach, in any order; of two that overlap the later one gives way (the product refuses such pairs).
    ///   - removed: calculated time that people deleted or trimmed away.
    ///   - span: the stops wanted share time with it; it includes every planned stretch that will be asked for.
    ///   - now: detections, gaps and stops count up to here.
    ///   - threshold: replaces the line's threshold in all of its versions, microseconds.
    package init(
        gaps: ActivityGaps, settings: LineSettings, registered stops: [RegisteredStop],
        removed: IntervalSet = IntervalSet(), span: Interval, now: Instant, threshold: Int64? = nil
    ) {
        self.settings = settings
        self.now = now
        self.threshold = threshold
        registeredStops = stops
        if settings.detectsStops {
            var finder = RunFinder(gaps: gaps, settings: settings, span: span, now: now, threshold: threshold)
            runs = finder.find()
        } else {
            runs = []
        }
        var low = span.start.microseconds
        var high = span.end.microseconds
        if let first = runs.first, let last = runs.last {
            low = min(low, first.start)
            high = max(high, last.end)
        }
        // A registered stop outside the span still cuts the run that reaches into it.
        registered = Self.disjoint(stops, now: now).filter { $0.start < high && $0.end > low }
        blocked = IntervalSet(
            union: registered.map {
                Interval(start: Instant(microseconds: $0.start), end: Instant(microseconds: $0.end))
            }
        ).union(removed)
        for stop in registered {
            low = min(low, stop.start)
            high = max(high, stop.end)
        }
        reach = Interval(start: Instant(microseconds: low), end: Instant(microseconds: high))
    }

    /// Registered stops cut at now, without what an earlier one already covers, by start.
    private static func disjoint(_ stops: [RegisteredStop], now: Instant) -> [Registered] {
        let order = stops.indices.sorted { (stops[$0].start, $0) < (stops[$1].start, $1) }
        var result: [Registered] = []
        var covered = Int64.min
        for index in order {
            let stop = stops[index]
            let isOngoing = stop.end.map { $0 > now } ?? true
            let end = isOngoing ? now.microseconds : (stop.end ?? now).microseconds
            let start = max(stop.start.microseconds, covered)
            guard start < end else { continue }
            covered = end
            result.append(Registered(start: start, end: end, isOngoing: isOngoing, index: index))
        }
        return result
    }
}

/// Reads the gaps in order and joins consecutive stop gaps into runs.
struct RunFinder {
    let gaps: ActivityGaps
    let settings: LineSettings
    let span: Interval
    let now: Int64
    let thresholds: [Int64]
    private let versionStarts: [Int64]
    private var version = 0
    private var pending: StopDetection.Run?
    private var runs: [StopDetection.Run] = []

    init(gaps: ActivityGaps, settings: LineSettings, span: Interval, now: Instant, threshold: Int64?) {
        self.gaps = gaps
        self.settings = settings
        self.span = span
        self.now = now.microseconds
        versionStarts = settings.versions.starts
        thresholds = settings.versions.values.map { threshold ?? $0.downtimeThreshold }
    }

    mutating func find() -> [StopDetection.Run] {
        let first = firstIndex()
        if first == 0 { addLeadingGap() }
        addGaps(from: first)
        addTrailingGap()
        flush()
        return runs
    }

    /// The threshold of a gap that starts here; calls ascend but for the search backwards, which does not use this.
    private mutating func threshold(at start: Int64) -> Int64 {
        while version + 1 < versionStarts.count, versionStarts[version + 1] <= start {
            version += 1
        }
        return thresholds[version]
    }

    /// Where to begin so that no run that touches the span lacks its beginning.
    private func firstIndex() -> Int {
        var index = gaps.firstIndex(endingAfter: span.start.microseconds)
        while index > 0 {
            let before = index - 1
            let length = gaps.ends[before] - gaps.starts[before]
            let joins =
                index == gaps.starts.count
                ? gaps.lastDetection?.microseconds == gaps.ends[before]
                : gaps.starts[index] == gaps.ends[before]
            guard joins, length > thresholds[settings.versions.index(at: gaps.starts[before]) ?? 0] else { break }
            index = before
        }
        return index
    }

    /// From commissioning to the first detection, or to now when there is none yet.
    private mutating func addLeadingGap() {
        let start = settings.commissionedAt.microseconds
        let end = gaps.firstDetection?.microseconds ?? Int64.max
        add(start: start, end: end, startIsLone: false)
    }

    private mutating func addGaps(from first: Int) {
        let starts = gaps.starts
        let ends = gaps.ends
        let spanEnd = span.end.microseconds
        // Most gaps are no stop under any version; what cuts a gap at now only makes it shorter.
        let least = thresholds.min() ?? 0
        for index in first..<starts.count where ends[index] - starts[index] > least {
            let start = starts[index]
            if start >= now { return }
            if start >= spanEnd, pending.map({ $0.end != start }) ?? true { return }
            add(start: start, end: ends[index], startIsLone: gaps.startIsLone[index])
        }
    }

    /// From the last detection to now.
    private mutating func addTrailingGap() {
        guard let last = gaps.lastDetection?.microseconds else { return }
        add(start: last, end: Int64.max, startIsLone: gaps.lastIsLone)
    }

    /// One gap; what lies after now is not known yet, so a gap that contains now is open.
    private mutating func add(start: Int64, end: Int64, startIsLone: Bool) {
        guard start < end, start < now else { return }
        let isOngoing = end > now
        let end = isOngoing ? now : end
        guard end - start > threshold(at: start) else { return }
        if startIsLone, let run = pending, run.end == start {
            pending = StopDetection.Run(start: run.start, end: end, isOngoing: isOngoing)
        } else {
            flush()
            pending = StopDetection.Run(start: start, end: end, isOngoing: isOngoing)
        }
    }

    /// Ends the open run: a calculated stop ends at the line's decommissioning.
    private mutating func flush() {
        guard var run = pending else { return }
        pending = nil
        if let decommissioned = settings.decommissionedAt?.microseconds, decommissioned <= run.end {
            run.end = decommissioned
            run.isOngoing = false
        }
        guard run.start < run.end, run.start < span.end.microseconds, run.end > span.start.microseconds else { return }
        runs.append(run)
    }
}
