import PostgresClient
import Shared

/// What is remembered of detections by their event ids.
enum ReadDetectionEvents {
    struct Row {
        var instant: Instant
        var area: AreaID
        var product: ProductID
    }

    static func statement(_ line: LineID, _ ids: [String]) -> Statement {
        Statement(
            "ReadDetectionEvents",
            """
            SELECT event_id, detected_at, area_id, product_id FROM detection_event
            WHERE line_id = \(Int32(line.rawValue)) AND event_id = ANY (\(ids.map { $0 as String? }))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [String: Row] {
        var events: [String: Row] = [:]
        for row in rows {
            events[try row.value(0)] = Row(
                instant: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds),
                area: AreaID(try row.value(2)),
                product: ProductID(try row.value(3))
            )
        }
        return events
    }
}
