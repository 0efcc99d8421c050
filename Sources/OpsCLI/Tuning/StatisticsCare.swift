import PostgresClient

/// A table whose statistics, which plans are made by, are missing or old.
struct StaleStatistics: Hashable, Sendable {
    let table: TableName
    let rows: Int64
    /// Rows added, changed and removed since they were gathered.
    let changed: Int64
    /// Nil: never.
    let gatheredAt: String?
}

/// Finds tables that PostgreSQL's own care has left behind. Tables with partitions have no rows of their own: their partitions
/// count. Tables that somebody gave a name with other letters than the product's are left to autovacuum.
enum StatisticsCare {
    static func stale(_ executor: borrowing some PostgresExecutor & ~Copyable) async throws -> [StaleStatistics] {
        let rows = try await executor.query(
            Statement(
                "ListStaleStatistics",
                """
                SELECT schemaname::text, counted.relname::text, n_live_tup, n_mod_since_analyze,
                    to_char(greatest(last_analyze, last_autoanalyze), 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM pg_stat_user_tables AS counted JOIN pg_class ON oid = relid
                WHERE relkind = 'r' AND schemaname NOT LIKE 'pg\\_temp%'
                    AND schemaname || counted.relname ~ '^[a-z_][a-z0-9_]*$' AND (
                    n_mod_since_analyze >= 1000 + n_live_tup / 5
                    OR pg_relation_size(relid) >= 262144 AND NOT EXISTS (
                        SELECT FROM pg_stats
                        WHERE pg_stats.schemaname = counted.schemaname AND tablename = counted.relname))
                ORDER BY 1, 2
                """), deadline: .now + .seconds(60))
        return try rows.map { row in
            StaleStatistics(
                table: TableName(schema: try row.value(0), name: try row.value(1)), rows: try row.value(2),
                changed: try row.value(3), gatheredAt: try row.optional(4))
        }
    }

    /// Gathers them; writers and readers go on meanwhile.
    static func gather(_ stale: StaleStatistics, _ connection: borrowing PostgresConnection) async throws {
        try await connection.executeUncheckedScript(
            "GatherStatistics", "ANALYZE \(try stale.table.quoted())", deadline: .now + .seconds(3_600))
    }
}
