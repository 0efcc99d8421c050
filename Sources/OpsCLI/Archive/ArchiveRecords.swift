import PostgresClient

/// One archived file as the tenant's database knows it.
struct ArchiveRecord {
    let line: Int32
    let lineCode: String
    let month: ArchiveMonth
    let part: Int32
    let file: String
    let content: ArchivedContent
    let fileSHA256: [UInt8]
    let fileBytes: Int64
    let archivedAt: String
    /// Nil: its rows are in the file alone.
    let restoredUntil: String?
}

/// A month of a line whose rows are in the database.
struct HotMonth {
    let line: Int32
    let lineCode: String
    let month: ArchiveMonth
    /// What the next file of it is numbered.
    let nextPart: Int32
}

/// What the tenant's database knows of its archive.
enum ArchiveRecords {
    /// The files by line and month; of one line or month if wanted.
    static func list(
        _ executor: borrowing some PostgresExecutor & ~Copyable, lineCode: String?, month: ArchiveMonth?
    ) async throws -> [ArchiveRecord] {
        let rows = try await executor.query(
            Statement(
                "ListArchive",
                """
                SELECT line_id, line_code, date_part('year', month_start)::integer,
                    date_part('month', month_start)::integer, part, file_name, row_count, content_sha256, file_sha256,
                    file_bytes, to_char(archived_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
                    to_char(restored_until, 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                FROM detection_archive JOIN production_line USING (line_id)
                WHERE (\(lineCode)::text IS NULL OR line_code = \(lineCode)::text)
                    AND (\(month?.description)::text IS NULL
                        OR to_char(month_start, 'YYYY-MM') = \(month?.description)::text)
                ORDER BY line_id, month_start, part
                """), deadline: .now + .seconds(60))
        return try rows.map { row in
            ArchiveRecord(
                line: try row.value(0), lineCode: try row.value(1),
                month: ArchiveMonth(year: try row.value(2), month: try row.value(3)), part: try row.value(4),
                file: try row.value(5),
                content: ArchivedContent(
                    rows: try row.value(6), sha256: try row.value(7, as: PostgresBytes.self).bytes),
                fileSHA256: try row.value(8, as: PostgresBytes.self).bytes, fileBytes: try row.value(9),
                archivedAt: try row.value(10), restoredUntil: try row.optional(11))
        }
    }

    /// The months that are older than the tenant keeps, oldest first; none when it keeps all.
    static func due(_ executor: borrowing some PostgresExecutor & ~Copyable) async throws -> [HotMonth] {
        let rows = try await executor.query(
            Statement(
                "ListDueMonths",
                """
                WITH kept AS (
                    SELECT (value #>> '{}')::integer AS months FROM system_config WHERE key = 'retention.hot_months'
                ), month AS (
                    SELECT activity.line_id, make_timestamptz(part[1]::integer, part[2]::integer, 1, 0, 0, 0, 'UTC') AS start
                    FROM line_activity AS activity
                    JOIN pg_inherits ON inhparent = to_regclass('public.detection_line_' || activity.line_id)
                    JOIN pg_class AS partition ON partition.oid = inhrelid
                    CROSS JOIN regexp_match(partition.relname, '_y([0-9]{4})m([0-9]{2})$') AS part
                    WHERE part IS NOT NULL
                )
                SELECT month.line_id, line_code, date_part('year', start)::integer, date_part('month', start)::integer,
                    coalesce((SELECT max(part) FROM detection_archive AS archive
                        WHERE archive.line_id = month.line_id AND month_start = start), 0) + 1
                FROM kept CROSS JOIN month JOIN production_line USING (line_id)
                WHERE kept.months > 0 AND start < date_trunc('month', now()) - make_interval(months => kept.months)
                    AND NOT EXISTS (
                        SELECT FROM detection_archive AS archive
                        WHERE archive.line_id = month.line_id AND month_start = start AND restored_until > now())
                ORDER BY start, month.line_id
                """), deadline: .now + .seconds(60))
        return try rows.map { row in
            HotMonth(
                line: try row.value(0), lineCode: try row.value(1),
                month: ArchiveMonth(year: try row.value(2), month: try row.value(3)), nextPart: try row.value(4))
        }
    }

    /// The number of the last migration.
    static func schemaVersion(_ executor: borrowing some PostgresExecutor & ~Copyable) async throws -> Int32 {
        try await executor.query(
            Statement("ReadSchemaVersion", "SELECT max(number)::integer FROM schema_migration"),
            deadline: .now + .seconds(30)
        ).value(0, 0)
    }
}
