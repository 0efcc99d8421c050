import ManufacturingKPI
import PostgresClient
import Shared

/// What is known of a line's detections from some minute on: counted minutes as columns, and gaps. Never changed.
struct LineTimeline: Sendable {
    /// The version of the line's activity it was read at.
    let version: Int64
    /// The first minute counted here; everything later is.
    let firstMinute: Int64
    /// By area and product, in the order of their ids.
    let series: [MinuteSeries]
    let gaps: ActivityGaps
    /// Gaps of at least this are known, microseconds.
    let gapFloor: Int64
    let lastDetection: Instant?

    /// The place of an area's and product's series.
    func index(area: AreaID, product: ProductID) -> Int? {
        series.firstIndex { $0.area == area && $0.product == product }
    }

    /// Bytes that the columns take.
    var byteCount: Int {
        series.reduce(17 * gaps.starts.count) { $0 + $1.byteCount }
    }

    /// The same timeline, beginning earlier.
    ///
    /// - Parameter earlier: what was before this one's first minute and first gap.
    func preceded(by earlier: EarlierTimeline) -> LineTimeline {
        var series = series.map { own in
            let before = earlier.series.first { $0.area == own.area && $0.product == own.product }
            return before.map { own.preceded(by: $0) } ?? own
        }
        series += earlier.series.filter { index(area: $0.area, product: $0.product) == nil }
        return LineTimeline(
            version: version,
            firstMinute: earlier.firstMinute,
            series: series.sorted { ($0.area, $0.product) < ($1.area, $1.product) },
            gaps: gaps.preceded(
                by: earlier.gaps.starts, ends: earlier.gaps.ends, startIsLone: earlier.gaps.startIsLone),
            gapFloor: gapFloor,
            lastDetection: lastDetection
        )
    }
}

/// What was read of the time before a timeline.
struct EarlierTimeline: Sendable {
    let firstMinute: Int64
    let series: [MinuteSeries]
    let gaps: ListActivityGaps.Columns
}

/// Reads a line's timeline from the tables that are kept beside its detections.
struct LineTimelineReader {
    let line: LineID
    let model: PlantModel
    let deadline: ContinuousClock.Instant

    /// - Parameter firstMinute: UTC minute since 1970 from which on minutes are counted, the first of a block. Gaps reach
    ///   further back where a stop does.
    func read(from firstMinute: Int64, pool: PostgresPool) async throws -> LineTimeline {
        try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
            let activity = try await ReadLineActivity.read(
                transaction.query(ReadLineActivity.statement(line), deadline: deadline))
            guard let activity else { throw Fault(code: .notFound) }
            let counts = try await CountDetectionsPerMinute.read(
                transaction.query(
                    CountDetectionsPerMinute.statement(line, minutes: firstMinute..<Int64(Int32.max)),
                    deadline: deadline
                ))
            let gaps = try await readGaps(from: Instant(minute: firstMinute), to: .distantFuture, transaction)
            return timeline(
                activity, firstMinute: firstMinute, series: series(from: counts, firstMinute: firstMinute), gaps)
        }
    }

    /// Reads what was before a timeline.
    ///
    /// - Parameter firstMinute: before the timeline's own, and the first of a block.
    func read(before known: LineTimeline, from firstMinute: Int64, pool: PostgresPool) async throws -> EarlierTimeline {
        let end = known.gaps.starts.first.map { Instant(microseconds: $0) } ?? Instant(minute: known.firstMinute)
        return try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
            let counts = try await CountDetectionsPerMinute.read(
                transaction.query(
                    CountDetectionsPerMinute.statement(line, minutes: firstMinute..<known.firstMinute),
                    deadline: deadline
                ))
            let gaps = try await readGaps(from: min(end, Instant(minute: firstMinute)), to: end, transaction)
            return EarlierTimeline(
                firstMinute: firstMinute, series: series(from: counts, firstMinute: firstMinute), gaps: gaps)
        }
    }

    /// Reads anew what may have changed: minutes from one on, and the gaps that reach there. A detection changes only the gap
    /// it falls into, so every gap that ends before that minute is as it was.
    ///
    /// - Parameter minute: no earlier than the known timeline's first.
    func renew(_ known: LineTimeline, from minute: Int64, pool: PostgresPool) async throws -> LineTimeline {
        let start = Instant(minute: minute)
        return try await pool.withTransaction(.readOnlySnapshot, deadline: deadline) { transaction in
            let activity = try await ReadLineActivity.read(
                transaction.query(ReadLineActivity.statement(line), deadline: deadline))
            guard let activity else { throw Fault(code: .notFound) }
            let counts = try await CountDetectionsPerMinute.read(
                transaction.query(
                    CountDetectionsPerMinute.statement(line, minutes: minute..<Int64(Int32.max)), deadline: deadline))
            let later = try await ListActivityGaps.read(
                transaction.query(
                    ListActivityGaps.statement(line, startingIn: Interval(start: start, end: .distantFuture)),
                    deadline: deadline
                ))
            let reaching = try await ListActivityGaps.read(
                transaction.query(ListActivityGaps.statement(line, before: start, limit: 1), deadline: deadline))
            let kept = known.gaps.countOfGaps(endingBefore: start)
            var gaps = ListActivityGaps.Columns(
                starts: Array(known.gaps.starts[..<kept]),
                ends: Array(known.gaps.ends[..<kept]),
                startIsLone: Array(known.gaps.startIsLone[..<kept])
            )
            for index in reaching.starts.indices where reaching.ends[index] >= start.microseconds {
                gaps.starts.append(reaching.starts[index])
                gaps.ends.append(reaching.ends[index])
                gaps.startIsLone.append(reaching.startIsLone[index])
            }
            gaps.starts += later.starts
            gaps.ends += later.ends
            gaps.startIsLone += later.startIsLone
            return timeline(
                activity, firstMinute: known.firstMinute, series: renewed(known, counts, from: minute), gaps)
        }
    }

    /// The series with what was read of their later minutes, and new ones where an area saw a product for the first time.
    private func renewed(
        _ known: LineTimeline,
        _ counts: [CountDetectionsPerMinute.Row],
        from minute: Int64
    ) -> [MinuteSeries] {
        let later = series(from: counts, firstMinute: minute)
        var renewed = known.series.map { series in
            let own = later.first { $0.area == series.area && $0.product == series.product }
            return series.replacing(from: minute, with: own?.counts ?? [])
        }
        let none = [UInt32](repeating: 0, count: Int(minute - known.firstMinute))
        for new in later where known.index(area: new.area, product: new.product) == nil {
            renewed.append(
                MinuteSeries(
                    area: new.area,
                    areaType: new.areaType,
                    product: new.product,
                    // Every series begins with a block.
                    base: known.firstMinute,
                    counts: none + new.counts
                ))
        }
        return renewed.sorted { ($0.area, $0.product) < ($1.area, $1.product) }
    }

    private func timeline(
        _ activity: ReadLineActivity.Row,
        firstMinute: Int64,
        series: [MinuteSeries],
        _ gaps: ListActivityGaps.Columns
    ) -> LineTimeline {
        LineTimeline(
            version: activity.version,
            firstMinute: firstMinute,
            series: series,
            gaps: ActivityGaps(
                starts: gaps.starts,
                ends: gaps.ends,
                startIsLone: gaps.startIsLone,
                firstDetection: activity.firstDetection,
                lastDetection: activity.lastDetection,
                lastIsLone: activity.lastIsLone
            ),
            gapFloor: activity.gapFloorSeconds * Instant.microsecondsPerSecond,
            lastDetection: activity.lastDetection
        )
    }

    /// All gaps that start between two instants, and those before that may be one stop with the first of them.
    private func readGaps(
        from start: Instant,
        to end: Instant,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> ListActivityGaps.Columns {
        var gaps = try await ListActivityGaps.read(
            transaction.query(
                ListActivityGaps.statement(line, startingIn: Interval(start: start, end: end)),
                deadline: deadline
            ))
        var earliest = start
        while true {
            let earlier = try await ListActivityGaps.read(
                transaction.query(
                    ListActivityGaps.statement(line, before: earliest, limit: Self.earlierGaps), deadline: deadline))
            gaps.starts.insert(contentsOf: earlier.starts.reversed(), at: 0)
            gaps.ends.insert(contentsOf: earlier.ends.reversed(), at: 0)
            gaps.startIsLone.insert(contentsOf: earlier.startIsLone.reversed(), at: 0)
            let isChained = zip(gaps.starts.dropFirst(), gaps.ends).prefix(earlier.starts.count).allSatisfy(==)
            guard earlier.starts.count == Int(Self.earlierGaps), isChained, let first = gaps.starts.first else {
                return gaps
            }
            earliest = Instant(microseconds: first)
        }
    }

    /// So many gaps are looked at to find one that is not joined to the next.
    private static let earlierGaps: Int32 = 64

    private func series(from counts: [CountDetectionsPerMinute.Row], firstMinute: Int64) -> [MinuteSeries] {
        counts.sorted { ($0.area, $0.product) < ($1.area, $1.product) }.map { row in
            let last = row.minutes.reduce(firstMinute - 1) { max($0, $1.minute) }
            var dense = [UInt32](repeating: 0, count: Int(last - firstMinute) + 1)
            for counted in row.minutes {
                dense[Int(counted.minute - firstMinute)] = counted.detections
            }
            return MinuteSeries(
                area: row.area,
                areaType: model.area(row.area)?.type ?? .process,
                product: row.product,
                base: firstMinute,
                counts: dense
            )
        }
    }
}
