import ManufacturingKPI
import PostgresClient
import Shared

/// Reads the gaps for a threshold below the floor of those that are kept, from the rows themselves: around a span, as far to
/// either side as what may be one stop with something in it.
struct ShortGapsReader {
    let line: LineID
    /// Microseconds.
    let threshold: Int64
    /// Gaps of at least this are kept, microseconds.
    let floor: Int64
    let deadline: ContinuousClock.Instant

    /// So much more than the span is read at first, microseconds. Nearly always two units come one right after the other in
    /// that time, and no stop goes on over them.
    private static let margin: Int64 = 600_000_000

    /// - Parameter known: reaches from the span's start on.
    /// - Throws: `Missing` when that needs rows that are archived.
    func read(around span: Interval, _ known: ActivityGaps, pool: PostgresPool) async throws -> ActivityGaps {
        guard let first = known.firstDetection, let last = known.lastDetection else { return known }
        let (low, high) = Self.edges(of: span, known, first: first, last: last)
        let hot = try await hotStretch(around: span, pool)
        // Where nothing long is known, the detection next to the span is within the floor of it.
        let reachesBack = hot.start.map { low - floor < $0.microseconds } ?? false
        let reachesOn = hot.end.map { high + floor > $0.microseconds } ?? false
        if hot.isArchived || reachesBack || reachesOn { throw Missing() }
        var (before, after) = (Self.margin, Self.margin)
        while true {
            let start = max(first, Instant(microseconds: low - before), hot.start ?? first)
            let end = min(last + 1, Instant(microseconds: high + after), hot.end ?? last + 1)
            guard start < end else { return gaps(ListActivityGaps.Columns(), known) }
            let window = Interval(start: start, end: end)
            let found = try await ListShortGaps.read(
                pool.query(ListShortGaps.statement(line, longerThan: threshold, in: window), deadline: deadline))
            let goesBack = window.start > first && found.goesOn(beforeAll: span.start.microseconds)
            let goesOn = window.end <= last && found.goesOn(afterAll: span.end.microseconds)
            guard goesBack || goesOn else { return gaps(found.gaps, known) }
            if goesBack, window.start == hot.start { throw Missing() }
            if goesOn, window.end == hot.end { throw Missing() }
            if goesBack { before *= 8 }
            if goesOn { after *= 8 }
        }
    }

    /// What would have to be read is archived.
    struct Missing: Error {}

    private func hotStretch(around span: Interval, _ pool: PostgresPool) async throws -> FindHotStretch.Row {
        try await FindHotStretch.read(
            pool.query(FindHotStretch.statement(line, around: span), deadline: deadline))
    }

    /// Where to read from and to at least, microseconds: a silence that is known is stepped over, and where it is the one
    /// before the first detection or after the last, so is the next.
    private static func edges(
        of span: Interval, _ known: ActivityGaps, first: Instant, last: Instant
    ) -> (low: Int64, high: Int64) {
        var (low, high) = (span.start.microseconds, span.end.microseconds)
        for (start, end) in zip(known.starts, known.ends) {
            if start < span.start.microseconds, end >= span.start.microseconds { low = start }
            if start <= span.end.microseconds, end > span.end.microseconds { high = end }
        }
        if span.start >= last {
            low = known.ends.last == last.microseconds ? known.starts.last ?? low : last.microseconds
        }
        if span.end <= first {
            high = known.starts.first == first.microseconds ? known.ends.first ?? high : first.microseconds
        }
        return (low, high)
    }

    private func gaps(_ columns: ListActivityGaps.Columns, _ known: ActivityGaps) -> ActivityGaps {
        ActivityGaps(
            starts: columns.starts,
            ends: columns.ends,
            startIsLone: columns.startIsLone,
            firstDetection: known.firstDetection,
            lastDetection: known.lastDetection,
            lastIsLone: known.lastIsLone
        )
    }
}

extension ListShortGaps.Columns {
    /// Whether a stop that reaches to an instant may have begun before the first detection that was read.
    fileprivate func goesOn(beforeAll instant: Int64) -> Bool {
        guard opens.first == true else { return false }
        for index in gaps.starts.indices {
            if !gaps.startIsLone[index] || index > 0 && gaps.starts[index] != gaps.ends[index - 1] { return false }
            if gaps.ends[index] >= instant { return true }
        }
        return true
    }

    /// Whether a stop that reaches to an instant may end after the last detection that was read.
    fileprivate func goesOn(afterAll instant: Int64) -> Bool {
        guard closes.last == true else { return false }
        for index in gaps.starts.indices.reversed() {
            if gaps.starts[index] <= instant { return true }
            if !gaps.startIsLone[index] || index > 0 && gaps.starts[index] != gaps.ends[index - 1] { return false }
        }
        return true
    }
}
