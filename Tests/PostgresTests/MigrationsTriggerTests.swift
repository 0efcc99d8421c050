import PostgresClient
import Testing

@testable import OpsCLI

/// A small generator with a seed that can be printed (SplitMix64).
private struct HistoryGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}

@Suite struct MigrationsTriggerTests {
    private static let start: Int64 = 1_767_225_600_000_000  // 2026-01-01
    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// Batches of one history: a few rows each, on a grid so that instants repeat and gaps equal the floor exactly.
    private func history(_ generator: inout HistoryGenerator, _ plant: TriggerPlant) -> [[PlantRow]] {
        let span = [60, 600, 6000, 90000].randomElement(using: &generator) ?? 60
        let grid: Int64 = [1, 500_000, 1_000_000, 5_000_000].randomElement(using: &generator) ?? 1
        let limit = Int64(span) * 1_000_000 / grid
        let rows = (0..<Int.random(in: 1...60, using: &generator)).map { _ in
            PlantRow(
                at: Self.start + Int64.random(in: 0...limit, using: &generator) * grid,
                area: plant.areas.randomElement(using: &generator) ?? 0,
                product: plant.products.randomElement(using: &generator) ?? 0)
        }
        let ordered =
            switch Int.random(in: 0..<3, using: &generator) {
            case 0: rows.sorted { $0.at < $1.at }
            case 1: rows.sorted { $0.at > $1.at }
            default: rows
            }
        var batches: [[PlantRow]] = []
        var rest = ordered[...]
        while !rest.isEmpty {
            let size = Int.random(in: 0...12, using: &generator)
            batches.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return batches
    }

    @Test func anyOrderOfArrivalKeepsCountsAndGapsExact() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = cluster.tenants[0]
        for _ in 0..<40 {
            let seed = UInt64.random(in: .min ... .max)
            var generator = HistoryGenerator(state: seed)
            let threshold = ([300, 10, 7, 3, 1] as [Int32]).randomElement(using: &generator) ?? 300
            let plant = try await TriggerPlant.make(tenant, cluster, threshold: threshold)
            let batches = history(&generator, plant)
            try await cluster.withWorker(of: tenant) { pool in
                var written: [PlantRow] = []
                for batch in batches {
                    try await plant.insert(batch, pool)
                    written += batch
                    let expected = TriggerPlant.expected(written, floorSeconds: Int64(min(threshold, 10)))
                    #expect(try await plant.stored(pool) == expected, "seed \(seed)")
                }
            }
            let before = try await cluster.withWorker(of: tenant) { try await plant.stored($0) }
            _ = try await cluster.admin.withPool(tenant.name) { pool in
                try await pool.execute(
                    Statement("Rebuild", "SELECT rebuild_line_activity(\(plant.lineID))"), deadline: deadline)
            }
            let after = try await cluster.withWorker(of: tenant) { try await plant.stored($0) }
            #expect(after == before, "seed \(seed), rebuilt")
        }
    }

    @Test func writersAtOnceKeepCountsAndGapsExact() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let plant = try await TriggerPlant.make(cluster.tenants[0], cluster)
        let seed = UInt64.random(in: .min ... .max)
        let written = try await withThrowingTaskGroup { group in
            for writer in 0..<3 {
                group.addTask {
                    var generator = HistoryGenerator(state: seed &+ UInt64(writer))
                    return try await cluster.withWorker(of: cluster.tenants[0]) { pool in
                        var mine: [PlantRow] = []
                        for _ in 0..<40 {
                            let rows = (0..<Int.random(in: 1...5, using: &generator)).map { _ in
                                PlantRow(
                                    at: Self.start + Int64.random(in: 0...4000, using: &generator) * 1_000_000,
                                    area: plant.areas.randomElement(using: &generator) ?? 0, product: plant.products[0])
                            }
                            try await plant.insert(rows, pool)
                            mine += rows
                        }
                        return mine
                    }
                }
            }
            return try await group.reduce(into: [PlantRow]()) { $0 += $1 }
        }
        let stored = try await cluster.withWorker(of: cluster.tenants[0]) { try await plant.stored($0) }
        #expect(stored == TriggerPlant.expected(written, floorSeconds: 10), "seed \(seed)")
    }

    @Test func aSmallerThresholdBringsTheShorterGaps() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let plant = try await TriggerPlant.make(cluster.tenants[0], cluster)
        let rows = [0, 4, 9, 30].map { plant.row(at: Self.start + $0 * 1_000_000) }
        try await cluster.withWorker(of: cluster.tenants[0]) { pool in
            try await plant.insert(rows, pool)
            #expect(try await plant.stored(pool).gaps.count == 1)
            try await pool.execute(
                Statement(
                    "LowerThreshold",
                    """
                    UPDATE production_line_version SET downtime_threshold_seconds = 5 WHERE line_id = \(plant.lineID)
                    """), deadline: deadline)
            #expect(try await plant.stored(pool) == TriggerPlant.expected(rows, floorSeconds: 5))
            #expect(try await plant.stored(pool).gaps.count == 2)
        }
    }

    @Test func aNewMonthTakesItsRowsFromTheDefaultPartition() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let plant = try await TriggerPlant.make(cluster.tenants[0], cluster)
        // 2024-01-31 23:59 and the minutes after it
        let rows = (0..<4).map { plant.row(at: 1_706_745_540_000_000 + $0 * 60_000_000) }
        try await cluster.withWorker(of: cluster.tenants[0]) { pool in
            try await plant.insert(rows, pool)
            let ensure = Statement(
                "EnsureMonth",
                "SELECT ensure_detection_month(\(plant.lineID), \(PostgresTimestamp(microseconds: rows[1].at)))")
            let deadline = deadline
            async let first = pool.query(ensure, deadline: deadline).value(0, 0, as: Bool.self)
            async let second = pool.query(ensure, deadline: deadline).value(0, 0, as: Bool.self)
            #expect(try await [first, second].count(where: \.self) == 1)
            let places = try await pool.query(
                Statement(
                    "CountPerPartition",
                    "SELECT count(*) FROM \(plant.table) GROUP BY tableoid ORDER BY count(*)"), deadline: deadline)
            #expect(try places.column(0, as: Int.self) == [1, 3])
            #expect(try await plant.stored(pool) == TriggerPlant.expected(rows, floorSeconds: 10))
        }
    }

    @Test func refusesWhatIsNotTheLinesOrNotYet() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let plant = try await TriggerPlant.make(cluster.tenants[0], cluster)
        let other = try await TriggerPlant.make(cluster.tenants[0], cluster)
        let good = plant.row(at: Self.start)
        var (foreignArea, unknownProduct, tooEarly, ahead) = (good, good, good, good)
        foreignArea.area = other.areas[0]
        unknownProduct.product = 99_999
        tooEarly.at = -1
        ahead.at = 4_000_000_000_000_000
        try await cluster.withWorker(of: cluster.tenants[0]) { pool in
            for (row, state) in [
                (foreignArea, SQLState.foreignKeyViolation), (unknownProduct, .foreignKeyViolation),
                (tooEarly, .checkViolation), (ahead, .checkViolation),
            ] {
                do {
                    try await plant.insert([good, row], pool)
                    Issue.record("\(row) was stored")
                } catch PostgresError.server(let error) {
                    #expect(error.sqlState == state)
                }
            }
            #expect(try await plant.stored(pool) == TriggerState())
            try await plant.insert([good], pool)
            #expect(try await plant.stored(pool).total == 1)
        }
    }
}
