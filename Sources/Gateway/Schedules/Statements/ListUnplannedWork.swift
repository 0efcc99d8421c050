import PostgresClient
import Shared

/// Work of tenants that are served which has no turn yet, or one that is later than any can be.
enum ListUnplannedWork {
    /// - Parameter latest: of each kind of work, the latest that a turn can be.
    static func statement(latest: [(work: ScheduledWork, at: Instant)]) -> Statement {
        Statement(
            "ListUnplannedWork",
            """
            SELECT tenant.tenant_id, known.work
            FROM tenant CROSS JOIN unnest(
                \(latest.map(\.work.rawValue)), \(latest.map { PostgresTimestamp(microseconds: $0.at.microseconds) }))
                AS known (work, latest)
                LEFT JOIN scheduled_work ON scheduled_work.tenant_id = tenant.tenant_id
                    AND scheduled_work.work = known.work
            WHERE tenant.state = 'active' AND (scheduled_work.due_at IS NULL OR scheduled_work.due_at > known.latest)
            ORDER BY tenant.tenant_id, known.work
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [WorkPlaces.Piece] {
        var pieces: [WorkPlaces.Piece] = []
        for row in rows {
            guard let work = ScheduledWork(rawValue: try row.value(1)) else { continue }
            pieces.append(WorkPlaces.Piece(tenant: TenantID(try row.value(0)), work: work))
        }
        return pieces
    }
}
