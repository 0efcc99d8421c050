import PostgresClient
import Shared

/// Remembers the event ids of rows; gives those that were new.
enum ClaimDetectionEvents {
    /// - Parameter rows: of the batch, none of whose ids occurs twice.
    static func statement(_ line: LineID, _ batch: DetectionBatch, _ rows: [Int]) -> Statement {
        let ids = Parameter(rows.map { batch.eventIDs[$0] })
        let instants = Parameter(
            rows.map { PostgresTimestamp(microseconds: batch.instants[$0].microseconds) as PostgresTimestamp? })
        let areas = Parameter(rows.map { Int32(batch.areas[$0].rawValue) as Int32? })
        let products = Parameter(rows.map { Int32(batch.products[$0].rawValue) as Int32? })
        return Statement(
            "ClaimDetectionEvents",
            """
            INSERT INTO detection_event (line_id, event_id, detected_at, area_id, product_id)
            SELECT \(Int32(line.rawValue)), event_id, detected_at, area_id, product_id
            FROM unnest(\(ids), \(instants), \(areas), \(products))
                AS arrived (event_id, detected_at, area_id, product_id)
            ON CONFLICT (line_id, event_id) DO NOTHING
            RETURNING event_id
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [String] {
        try rows.column(0)
    }
}
