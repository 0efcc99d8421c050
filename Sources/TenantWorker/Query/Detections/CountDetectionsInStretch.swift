import PostgresClient
import Shared

/// Detections of a stretch of a line, counted from the rows themselves by area and product: for minutes that a period or
/// this moment cuts.
enum CountDetectionsInStretch {
    struct Row {
        var area: AreaID
        var product: ProductID
        var detections: Int
    }

    static func statement(_ line: LineID, _ stretch: Interval) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "CountDetectionsInStretch",
            """
            SELECT area_id, product_id, count(*) FROM \(table)
            WHERE detected_at >= \(PostgresTimestamp(microseconds: stretch.start.microseconds))
                AND detected_at < \(PostgresTimestamp(microseconds: stretch.end.microseconds))
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
