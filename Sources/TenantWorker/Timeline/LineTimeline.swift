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
}

/// Reads a line's timeline from the tables that are kept beside its detections.
struct LineTimelineReader {
    let line: LineID
    let model: PlantModel
    let deadline: ContinuousClock.Instant

    /// - Parameter firstMinute: UTC minute since 1970 from which on minutes are counted. Gaps reach further back where a
    ///   stop does.
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
            let gaps = try await readGaps(from: Instant(minute: firstMinute), transaction)
            return timeline(
                activity, firstMinute: firstMinute, series: series(from: counts, firstMinute: firstMinute), gaps)
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
                activity, firstMinute: known.firstMinute, series: renewed(known.series, counts, from: minute), gaps)
        }
    }

    /// The series with what was read of their later minutes, and new ones where an area saw a product for the first time.
    private func renewed(
        _ known: [MinuteSeries],
        _ counts: CountDetectionsPerMinute.Columns,
        from minute: Int64
    ) -> [MinuteSeries] {
        let later = series(from: counts, firstMinute: minute)
        var renewed = known.map { series in
            let own = later.first { $0.area == series.area && $0.product == series.product }
            return series.replacing(from: minute, with: own?.counts ?? [])
        }
        renewed += later.filter { series in
            !known.contains { $0.area == series.area && $0.product == series.product }
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

    /// All gaps from an instant on, and those before it that may be one stop with the first of them.
    private func readGaps(
        from start: Instant,
        _ transaction: borrowing PostgresTransaction
    ) async throws -> ListActivityGaps.Columns {
        var gaps = try await ListActivityGaps.read(
            transaction.query(
                ListActivityGaps.statement(line, startingIn: Interval(start: start, end: .distantFuture)),
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

    private func series(from counts: CountDetectionsPerMinute.Columns, firstMinute: Int64) -> [MinuteSeries] {
        struct Key: Hashable {
            var area: Int32
            var product: Int32
        }
        guard let last = counts.minutes.last else { return [] }
        let length = Int(Int64(last) - firstMinute) + 1
        var columns: [Key: Int] = [:]
        var keys: [Key] = []
        var dense: [[UInt32]] = []
        for index in counts.minutes.indices {
            let key = Key(area: counts.areas[index], product: counts.products[index])
            let column: Int
            if let known = columns[key] {
                column = known
            } else {
                column = keys.count
                columns[key] = column
                keys.append(key)
                dense.append([UInt32](repeating: 0, count: length))
            }
            dense[column][Int(Int64(counts.minutes[index]) - firstMinute)] = UInt32(counts.detections[index])
        }
        let order = keys.indices.sorted { (keys[$0].area, keys[$0].product) < (keys[$1].area, keys[$1].product) }
        return order.map { column in
            let area = AreaID(Int64(keys[column].area))
            return MinuteSeries(
                area: area,
                areaType: model.area(area)?.type ?? .process,
                product: ProductID(Int64(keys[column].product)),
                base: firstMinute,
                counts: dense[column]
            )
        }
    }
}
