import PostgresClient
import Shared

/// When work is due next that nobody is at; null when there is none.
enum FindNextWork {
    static func statement(at now: Instant, until: Instant) -> Statement {
        Statement(
            "FindNextWork",
            """
            SELECT min(scheduled_work.due_at) FROM scheduled_work JOIN tenant USING (tenant_id)
            WHERE tenant.state = 'active' AND work = ANY(\(ScheduledWork.allCases.map(\.rawValue)))
                AND (taken_until IS NULL OR taken_until <= \(PostgresTimestamp(microseconds: now.microseconds))
                    OR taken_until > \(PostgresTimestamp(microseconds: until.microseconds)))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Instant? {
        try rows.optional(0, 0, as: PostgresTimestamp.self).map { Instant(microseconds: $0.microseconds) }
    }
}
