import PostgresClient
import Shared

/// Single detections of a line in a span, newest first; of two at one instant the one stored later comes first. Refused where
/// some of the span are archived.
enum ListDetections {
    struct Row: Sendable {
        var id: Int64
        var detectedAt: Instant
        var area: AreaID
        var product: ProductID
        var eventID: String?
        var receivedAt: Instant
    }

    static func statement(_ line: LineID, in span: Interval, limit: Int) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "ListDetections",
            """
            SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM \(table)
            WHERE detected_at >= \(PostgresTimestamp(microseconds: span.start.microseconds))
                AND detected_at < \(PostgresTimestamp(microseconds: span.end.microseconds))
                AND refuse_archived(\(Int32(line.rawValue)), \(PostgresTimestamp(microseconds: span.start.microseconds)),
                    \(PostgresTimestamp(microseconds: span.end.microseconds)))
            ORDER BY detected_at DESC, detection_id DESC LIMIT \(Int32(clamping: limit))
            """,
            idempotent: true
        )
    }

    /// The page after a detection, by its instant and number.
    static func statement(
        _ line: LineID,
        in span: Interval,
        before cursor: NewestFirstCursor,
        limit: Int
    ) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        return Statement(
            "ListDetectionsBefore",
            """
            SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM \(table)
            WHERE detected_at >= \(PostgresTimestamp(microseconds: span.start.microseconds))
                AND detected_at < \(PostgresTimestamp(microseconds: span.end.microseconds))
                AND refuse_archived(\(Int32(line.rawValue)), \(PostgresTimestamp(microseconds: span.start.microseconds)),
                    \(PostgresTimestamp(microseconds: span.end.microseconds)))
                AND (detected_at, detection_id)
                    < (\(PostgresTimestamp(microseconds: cursor.instant.microseconds)), \(cursor.id))
            ORDER BY detected_at DESC, detection_id DESC LIMIT \(Int32(clamping: limit))
            """,
            idempotent: true
        )
    }

    /// The same of some areas and products alone; nil: of every product.
    static func statement(
        _ line: LineID,
        in span: Interval,
        of areas: [AreaID],
        _ products: [ProductID]?,
        before cursor: NewestFirstCursor?,
        limit: Int
    ) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        let cursor = cursor ?? NewestFirstCursor(instant: span.end, id: 0)
        let products = products.map { $0.map { Int32($0.rawValue) } }
        return Statement(
            "ListDetectionsOfUnits",
            """
            SELECT detection_id, detected_at, area_id, product_id, event_id, received_at FROM \(table)
            WHERE detected_at >= \(PostgresTimestamp(microseconds: span.start.microseconds))
                AND detected_at < \(PostgresTimestamp(microseconds: span.end.microseconds))
                AND refuse_archived(\(Int32(line.rawValue)), \(PostgresTimestamp(microseconds: span.start.microseconds)),
                    \(PostgresTimestamp(microseconds: span.end.microseconds)))
                AND (detected_at, detection_id)
                    < (\(PostgresTimestamp(microseconds: cursor.instant.microseconds)), \(cursor.id))
                AND area_id = ANY (\(areas.map { Int32($0.rawValue) }))
                AND (\(products) IS NULL OR product_id = ANY (\(products)))
            ORDER BY detected_at DESC, detection_id DESC LIMIT \(Int32(clamping: limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var detections: [Row] = []
        detections.reserveCapacity(rows.count)
        for row in rows {
            detections.append(
                Row(
                    id: try row.value(0),
                    detectedAt: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds),
                    area: AreaID(try row.value(2)),
                    product: ProductID(try row.value(3)),
                    eventID: try row.optional(4),
                    receivedAt: Instant(microseconds: try row.value(5, as: PostgresTimestamp.self).microseconds)
                )
            )
        }
        return detections
    }
}
