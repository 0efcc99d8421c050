import PostgresClient
import Shared

/// Detections of a stretch of a line within one minute, counted from the rows themselves by area and product: for minutes that
/// a period, a version or this moment cuts. Of an archived month some rows are kept; refused where they are not all that
/// were counted of the minute.
enum CountDetectionsInStretch {
    struct Row {
        var area: AreaID
        var product: ProductID
        var detections: Int
    }

    static func statement(_ line: LineID, _ stretch: Interval) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        let line = Int32(line.rawValue)
        let minute = Int32(clamping: stretch.start.minute)
        let (start, end) = (PostgresTimestamp(stretch.start), PostgresTimestamp(stretch.end))
        let (first, last) = (
            PostgresTimestamp(Instant(minute: stretch.start.minute)),
            PostgresTimestamp(Instant(minute: stretch.start.minute + 1))
        )
        return Statement(
            "CountDetectionsInStretch",
            """
            SELECT area_id, product_id, count(*) FROM (
                SELECT area_id, product_id FROM \(table) WHERE detected_at >= \(start) AND detected_at < \(end)
                UNION ALL
                SELECT area_id, product_id FROM kept_detection
                WHERE line_id = \(line) AND detected_at >= \(start) AND detected_at < \(end)
            ) AS detection
            WHERE CASE WHEN NOT is_archived(\(line), \(first), \(last)) THEN true
                WHEN (SELECT count(*) FROM \(table) WHERE detected_at >= \(first) AND detected_at < \(last))
                    + (SELECT count(*) FROM kept_detection
                        WHERE line_id = \(line) AND detected_at >= \(first) AND detected_at < \(last))
                    = (SELECT coalesce(sum(detections), 0) FROM minute_count
                        WHERE line_id = \(line) AND minute = \(minute)) THEN true
                ELSE refuse_archived(\(line), \(first), \(last)) END
            GROUP BY area_id, product_id
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var counts: [Row] = []
        for row in rows {
            counts.append(
                Row(
                    area: AreaID(try row.value(0)),
                    product: ProductID(try row.value(1)),
                    detections: try row.value(2)
                )
            )
        }
        return counts
    }
}
