package import Shared

/// All stops of a line around a span, disjoint and ascending, ready to be measured against any planned time in it.
///
/// Built once per line and request; every figure, bucket and list of that request reads it (domain §3, rules 4–5).
package struct StopTimeline: Sendable {
    /// What a piece is counted as.
    enum Rank: UInt8 {
        case stop
        case micro
        /// Downtime, but neither listed nor counted.
        case remainder
    }

    /// A registered stop, or what registered ones leave of a calculated one. Microseconds.
    struct Piece {
        var start: Int64
        var end: Int64
        /// Start of the calculated stop it is left of; of a registered one its own.
        var calculatedFrom: Int64
        /// Of its whole life, inside the line's own planned time.
        var planned: Int64
        /// Index into `causes`, or -1.
        var cause: Int32
        /// Index into `registeredStops`, or -1 for a calculated one.
        var registered: Int32
        var rank: Rank
        var isOngoing: Bool
    }

    let pieces: [Piece]
    let causes: [StopCause]
    let registeredStops: [RegisteredStop]
    package let now: Instant

    /// - Parameters:
    ///   - ownPlanned: the line's own planned time, whatever shift is selected, over `detection.reach`, cut at now.
    ///   - causes: attached to calculated stops of that reach.
    package init(_ detection: StopDetection, ownPlanned: IntervalSet, causes attached: [AttachedCause] = []) {
        let matcher = CauseMatcher(attached)
        var assembly = PieceAssembly(detection: detection, ownPlanned: ownPlanned, matcher: matcher)
        assembly.run()
        pieces = assembly.pieces
        causes = matcher.causes.map(\.cause) + detection.registeredStops.compactMap(\.cause)
        registeredStops = detection.registeredStops
        now = detection.now
    }

    /// The union of all stops, remainders included.
    package var stopped: IntervalSet {
        IntervalSet(
            union: pieces.lazy.map {
                Interval(start: Instant(microseconds: $0.start), end: Instant(microseconds: $0.end))
            }
        )
    }

    /// The index of the first piece that ends after an instant.
    func firstIndex(endingAfter microseconds: Int64) -> Int {
        var low = 0
        var high = pieces.count
        while low < high {
            let middle = (low + high) / 2
            if pieces[middle].end <= microseconds {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low
    }
}

/// Measures ascending stretches against a set of intervals with one walk through it.
struct PlannedWalk {
    private let intervals: [Interval]
    private var index = 0

    init(_ set: IntervalSet) {
        intervals = set.intervals
    }

    /// Microseconds of `[start, end)` in the set. `start` never descends from one call to the next.
    mutating func length(from start: Int64, to end: Int64) -> Int64 {
        while index < intervals.count, intervals[index].end.microseconds <= start {
            index += 1
        }
        var total: Int64 = 0
        var cursor = index
        while cursor < intervals.count, intervals[cursor].start.microseconds < end {
            total +=
                min(intervals[cursor].end.microseconds, end) - max(intervals[cursor].start.microseconds, start)
            cursor += 1
        }
        return total
    }
}

/// Puts calculated runs and registered stops together in order of time.
struct PieceAssembly {
    let detection: StopDetection
    let matcher: CauseMatcher
    private(set) var pieces: [StopTimeline.Piece] = []
    private var walk: PlannedWalk
    private var nextRegistered = 0
    /// Where each registered stop's cause lies in the timeline's causes, -1 for none.
    private let registeredCauses: [Int32]

    init(detection: StopDetection, ownPlanned: IntervalSet, matcher: CauseMatcher) {
        self.detection = detection
        self.matcher = matcher
        walk = PlannedWalk(ownPlanned)
        var next = Int32(matcher.causes.count)
        registeredCauses = detection.registeredStops.map { stop in
            guard stop.cause != nil else { return -1 }
            next += 1
            return next - 1
        }
        pieces.reserveCapacity(detection.runs.count + 2 * detection.registered.count)
    }

    mutating func run() {
        let blocked = detection.blocked.intervals
        var block = 0
        for run in detection.runs {
            let version = detection.settings.version(at: Instant(microseconds: run.start))
            var start = run.start
            while block < blocked.count, blocked[block].end.microseconds <= start {
                block += 1
            }
            var cut = block
            while cut < blocked.count, blocked[cut].start.microseconds < run.end {
                addCalculated(
                    start: start, end: blocked[cut].start.microseconds, of: run, isOngoing: false, version: version)
                start = max(start, blocked[cut].end.microseconds)
                cut += 1
            }
            addCalculated(start: start, end: run.end, of: run, isOngoing: run.isOngoing, version: version)
        }
        addRegistered(before: Int64.max)
    }

    private mutating func addCalculated(
        start: Int64, end: Int64, of run: StopDetection.Run, isOngoing: Bool, version: LineVersion
    ) {
        guard start < end else { return }
        addRegistered(before: start)
        let planned = walk.length(from: start, to: end)
        let rank: StopTimeline.Rank
        if planned <= detection.threshold ?? version.downtimeThreshold {
            rank = .remainder
        } else if let micro = version.microStop, planned <= micro {
            rank = .micro
        } else {
            rank = .stop
        }
        let cause = matcher.causes.isEmpty ? nil : matcher.match(start: start, end: end)
        pieces.append(
            StopTimeline.Piece(
                start: start, end: end, calculatedFrom: run.start, planned: planned,
                cause: cause.map { Int32($0) } ?? -1, registered: -1, rank: rank, isOngoing: isOngoing
            )
        )
    }

    private mutating func addRegistered(before limit: Int64) {
        while nextRegistered < detection.registered.count, detection.registered[nextRegistered].start < limit {
            let stop = detection.registered[nextRegistered]
            pieces.append(
                StopTimeline.Piece(
                    start: stop.start, end: stop.end, calculatedFrom: stop.start,
                    planned: walk.length(from: stop.start, to: stop.end),
                    cause: registeredCauses[stop.index], registered: Int32(stop.index), rank: .stop,
                    isOngoing: stop.isOngoing
                )
            )
            nextRegistered += 1
        }
    }
}
