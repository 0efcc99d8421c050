import PostgresClient
import Shared

/// Takes work that is due, the longest due first, for this gateway alone until a time.
enum TakeDueWork {
    struct Row: Sendable {
        var piece: WorkPlaces.Piece
        /// In a row.
        var failures: Int
    }

    /// - Parameters:
    ///   - running: what this gateway is at, which is not taken again however the clock is set.
    ///   - until: when it is nobody's any more, if this gateway has not said before what became of it.
    ///   - free: pieces, at most; `freeForFailed` of them that failed the last time.
    static func statement(
        at now: Instant, until: Instant, running: [WorkPlaces.Piece], free: Int, freeForFailed: Int
    ) -> Statement {
        let now = PostgresTimestamp(microseconds: now.microseconds)
        let until = PostgresTimestamp(microseconds: until.microseconds)
        return Statement(
            "TakeDueWork",
            """
            WITH running AS (
                SELECT * FROM unnest(\(running.map { Int32($0.tenant.rawValue) }), \(running.map(\.work.rawValue)))
                    AS running (tenant_id, work)
            ), failed AS (
                SELECT tenant_id, work FROM scheduled_work JOIN tenant USING (tenant_id)
                WHERE tenant.state = 'active' AND scheduled_work.failures > 0 AND scheduled_work.due_at <= \(now)
                    AND work = ANY(\(ScheduledWork.allCases.map(\.rawValue)))
                    AND (taken_until IS NULL OR taken_until <= \(now) OR taken_until > \(until))
                    AND (tenant_id, work) NOT IN (SELECT tenant_id, work FROM running)
                ORDER BY scheduled_work.due_at LIMIT \(Int64(freeForFailed))
                FOR UPDATE OF scheduled_work SKIP LOCKED
            ), others AS (
                SELECT tenant_id, work FROM scheduled_work JOIN tenant USING (tenant_id)
                WHERE tenant.state = 'active' AND scheduled_work.failures = 0 AND scheduled_work.due_at <= \(now)
                    AND work = ANY(\(ScheduledWork.allCases.map(\.rawValue)))
                    AND (taken_until IS NULL OR taken_until <= \(now) OR taken_until > \(until))
                    AND (tenant_id, work) NOT IN (SELECT tenant_id, work FROM running)
                ORDER BY scheduled_work.due_at LIMIT \(Int64(free)) - (SELECT count(*) FROM failed)
                FOR UPDATE OF scheduled_work SKIP LOCKED
            )
            UPDATE scheduled_work SET taken_until = \(until)
            FROM (SELECT * FROM failed UNION ALL SELECT * FROM others) AS taken
            WHERE scheduled_work.tenant_id = taken.tenant_id AND scheduled_work.work = taken.work
            RETURNING scheduled_work.tenant_id, scheduled_work.work, scheduled_work.failures
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var taken: [Row] = []
        for row in rows {
            guard let work = ScheduledWork(rawValue: try row.value(1)) else { continue }
            taken.append(
                Row(
                    piece: WorkPlaces.Piece(tenant: TenantID(try row.value(0)), work: work),
                    failures: try row.value(2)
                ))
        }
        return taken
    }
}
