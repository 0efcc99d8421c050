import PostgresClient

@testable import OpsCLI

/// One detection to be written.
struct PlantRow: Hashable, Sendable {
    /// Microseconds since 1970.
    var at: Int64
    var area: Int32
    var product: Int32
}

/// A new line with two areas, in a tenant's database, and the reading of what the triggers keep of it.
struct TriggerPlant: Sendable {
    let lineID: Int32
    let areas: [Int32]
    /// Three, the same for every line of the tenant.
    let products: [Int32]
    let table: Identifier

    private static var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    /// Makes the line as the worker does; its threshold holds since ever.
    static func make(
        _ tenant: TenantDatabase, _ cluster: MigrationsCluster, threshold: Int32 = 300
    ) async throws -> TriggerPlant {
        try await cluster.withWorker(of: tenant) { pool in
            try await pool.withTransaction(deadline: deadline) { transaction in
                try await transaction.execute(
                    Statement(
                        "InsertProducts",
                        """
                        INSERT INTO product (product_code, product_name)
                        SELECT 'P' || number, 'Product' FROM generate_series(1, 3) AS number
                        ON CONFLICT DO NOTHING
                        """), deadline: deadline)
                let products = try await transaction.query(
                    Statement("ReadProducts", "SELECT product_id FROM product ORDER BY product_id LIMIT 3"),
                    deadline: deadline
                ).column(0, as: Int32.self)
                let line = try await transaction.query(
                    Statement(
                        "InsertLine",
                        """
                        WITH plant AS (
                            INSERT INTO plant (plant_code, plant_name, timezone)
                            VALUES (gen_random_uuid()::text, 'Plant', 'UTC') RETURNING plant_id
                        )
                        INSERT INTO production_line (plant_id, line_code, line_name)
                        SELECT plant_id, gen_random_uuid()::text, 'Line' FROM plant RETURNING line_id
                        """), deadline: deadline
                ).value(0, 0, as: Int32.self)
                try await transaction.execute(
                    Statement(
                        "InsertVersion",
                        """
                        INSERT INTO production_line_version (line_id, downtime_threshold_seconds)
                        VALUES (\(line), \(threshold))
                        """), deadline: deadline)
                let areas = try await transaction.query(
                    Statement(
                        "InsertAreas",
                        """
                        INSERT INTO area (line_id, area_name, area_type)
                        VALUES (\(line), 'in', 'input'), (\(line), 'out', 'output') RETURNING area_id
                        """), deadline: deadline
                ).column(0, as: Int32.self)
                return TriggerPlant(
                    lineID: line, areas: areas, products: products, table: try Identifier("detection_line_\(line)"))
            }
        }
    }

    /// A row of the first area and product.
    func row(at instant: Int64) -> PlantRow {
        PlantRow(at: instant, area: areas[0], product: products[0])
    }

    /// Writes rows in one statement.
    func insert(_ rows: [PlantRow], _ pool: PostgresPool) async throws {
        let times = rows.map { PostgresTimestamp(microseconds: $0.at) }
        try await pool.execute(
            Statement(
                "InsertDetections",
                """
                INSERT INTO \(table) (detected_at, area_id, product_id)
                SELECT * FROM unnest(\(times), \(rows.map(\.area)), \(rows.map(\.product)))
                """), deadline: Self.deadline)
    }

    /// What the triggers must have kept of these rows, worked out anew.
    static func expected(_ rows: [PlantRow], floorSeconds: Int64) -> TriggerState {
        var state = TriggerState()
        for row in rows {
            state.counts[MinuteKey(minute: row.at / 60_000_000, area: row.area, product: row.product), default: 0] += 1
        }
        let times = rows.map(\.at).sorted()
        for (left, right) in zip(times, times.dropFirst()) where right - left >= floorSeconds * 1_000_000 {
            state.gaps.append(Gap(start: left, end: right, isLone: times.count(where: { $0 == left }) == 1))
        }
        state.total = times.count
        state.first = times.first
        state.last = times.last
        state.lastIsLone = times.last.map { last in times.count(where: { $0 == last }) == 1 }
        return state
    }

    /// What the triggers kept.
    func stored(_ pool: PostgresPool) async throws -> TriggerState {
        var state = TriggerState()
        let counts = try await pool.query(
            Statement(
                "ReadCounts",
                "SELECT minute, area_id, product_id, detections FROM minute_count WHERE line_id = \(lineID)"),
            deadline: Self.deadline)
        for row in counts {
            let key = MinuteKey(minute: try row.value(0), area: try row.value(1), product: try row.value(2))
            state.counts[key] = try row.value(3)
        }
        let gaps = try await pool.query(
            Statement(
                "ReadGaps",
                """
                SELECT gap_start, gap_end, start_is_lone FROM activity_gap WHERE line_id = \(lineID) ORDER BY gap_start
                """), deadline: Self.deadline)
        state.gaps = try gaps.map { row in
            Gap(
                start: try row.value(0, as: PostgresTimestamp.self).microseconds,
                end: try row.value(1, as: PostgresTimestamp.self).microseconds, isLone: try row.value(2))
        }
        let activity = try await pool.query(
            Statement(
                "ReadActivity",
                """
                SELECT detections, first_detected_at, last_detected_at, last_is_lone
                FROM line_activity WHERE line_id = \(lineID)
                """), deadline: Self.deadline)
        state.total = try activity.value(0, 0)
        state.first = try activity.optional(0, 1, as: PostgresTimestamp.self)?.microseconds
        state.last = try activity.optional(0, 2, as: PostgresTimestamp.self)?.microseconds
        state.lastIsLone = try activity.optional(0, 3)
        return state
    }
}

/// A minute of an area and product.
struct MinuteKey: Hashable, Sendable {
    let minute: Int64
    let area: Int32
    let product: Int32
}

/// A time without detections.
struct Gap: Hashable, Sendable {
    let start: Int64
    let end: Int64
    let isLone: Bool
}

/// Everything derived from a line's detections.
struct TriggerState: Hashable, Sendable {
    var counts: [MinuteKey: Int] = [:]
    var gaps: [Gap] = []
    var total = 0
    var first: Int64?
    var last: Int64?
    var lastIsLone: Bool?
}
