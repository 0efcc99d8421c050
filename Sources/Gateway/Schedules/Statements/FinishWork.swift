import PostgresClient
import Shared

/// Gives work back with its next turn.
enum FinishWork {
    /// - Parameters:
    ///   - doneAt: nil when it was not done.
    ///   - failures: in a row, this one included.
    static func statement(_ piece: WorkPlaces.Piece, due: Instant, doneAt: Instant?, failures: Int) -> Statement {
        let done = doneAt.map { PostgresTimestamp(microseconds: $0.microseconds) }
        return Statement(
            "FinishWork",
            """
            UPDATE scheduled_work SET due_at = \(PostgresTimestamp(microseconds: due.microseconds)), taken_until = NULL,
                done_at = coalesce(\(done), done_at), failures = \(Int32(failures))
            WHERE tenant_id = \(Int32(piece.tenant.rawValue)) AND work = \(piece.work.rawValue)
            """,
            idempotent: true
        )
    }
}
