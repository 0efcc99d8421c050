import PostgresClient
import Shared

/// Gives work its first turn, or an earlier one.
enum PlanWork {
    static func statement(_ turns: [(piece: WorkPlaces.Piece, due: Instant)]) -> Statement {
        Statement(
            "PlanWork",
            """
            INSERT INTO scheduled_work AS known (tenant_id, work, due_at)
            SELECT planned.tenant_id, planned.work, planned.due_at
            FROM unnest(
                \(turns.map { Int32($0.piece.tenant.rawValue) }), \(turns.map(\.piece.work.rawValue)),
                \(turns.map { PostgresTimestamp(microseconds: $0.due.microseconds) }))
                AS planned (tenant_id, work, due_at)
                JOIN tenant USING (tenant_id)
            ON CONFLICT (tenant_id, work) DO UPDATE SET due_at = excluded.due_at
                WHERE known.due_at > excluded.due_at
            """,
            idempotent: true
        )
    }
}
