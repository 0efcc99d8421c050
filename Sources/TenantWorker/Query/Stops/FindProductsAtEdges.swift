import PostgresClient
import Shared

/// The product of the detection of an area next to each of some instants, looked for in the given minutes alone; a row per
/// instant, in their order. Of an archived month some rows are kept; where they are not all that were counted of those
/// minutes, the product is lost.
enum FindProductsAtEdges {
    struct Row: Sendable {
        var product: ProductID?
        var isArchived: Bool
    }

    static func statement(_ line: LineID, _ area: AreaID, _ edges: [ProductEdge]) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        let line = Int32(line.rawValue)
        let area = Int32(area.rawValue)
        let instants = edges.map { PostgresTimestamp($0.instant) }
        let near = edges.map { PostgresTimestamp(Instant(minute: $0.unclearMinutes[0])) }
        let far = edges.map { PostgresTimestamp(Instant(minute: $0.unclearMinutes[$0.unclearMinutes.count - 1])) }
        return Statement(
            "FindProductsAtEdges",
            """
            SELECT CASE WHEN edge.is_before THEN (
                SELECT product_id FROM (
                    SELECT product_id, detected_at, detection_id FROM \(table) WHERE area_id = \(area)
                    UNION ALL
                    SELECT product_id, detected_at, detection_id FROM kept_detection
                    WHERE line_id = \(line) AND area_id = \(area)
                ) AS detection
                WHERE detected_at <= edge.instant
                    AND (detected_at >= edge.near AND detected_at < edge.near + interval '1 minute'
                        OR detected_at >= edge.far AND detected_at < edge.far + interval '1 minute')
                ORDER BY detected_at DESC, detection_id DESC LIMIT 1
            ) ELSE (
                SELECT product_id FROM (
                    SELECT product_id, detected_at, detection_id FROM \(table) WHERE area_id = \(area)
                    UNION ALL
                    SELECT product_id, detected_at, detection_id FROM kept_detection
                    WHERE line_id = \(line) AND area_id = \(area)
                ) AS detection
                WHERE detected_at >= edge.instant
                    AND (detected_at >= edge.near AND detected_at < edge.near + interval '1 minute'
                        OR detected_at >= edge.far AND detected_at < edge.far + interval '1 minute')
                ORDER BY detected_at, detection_id LIMIT 1
            ) END,
            CASE WHEN is_archived(\(line), least(edge.near, edge.far), greatest(edge.near, edge.far) + interval '1 minute')
            THEN (
                SELECT coalesce(sum(detections), 0) FROM minute_count
                WHERE line_id = \(line) AND area_id = \(area) AND minute IN (
                    floor(date_part('epoch', edge.near) / 60)::integer, floor(date_part('epoch', edge.far) / 60)::integer)
            ) > (
                SELECT count(*) FROM (
                    SELECT detected_at FROM \(table) WHERE area_id = \(area)
                    UNION ALL
                    SELECT detected_at FROM kept_detection WHERE line_id = \(line) AND area_id = \(area)
                ) AS detection
                WHERE detected_at >= edge.near AND detected_at < edge.near + interval '1 minute'
                    OR detected_at >= edge.far AND detected_at < edge.far + interval '1 minute'
            ) ELSE false END
            FROM unnest(\(instants), \(edges.map(\.isBefore)), \(near), \(far))
                WITH ORDINALITY AS edge (instant, is_before, near, far, place)
            ORDER BY edge.place
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var read: [Row] = []
        for row in rows {
            read.append(
                Row(
                    product: try row.optional(0, as: Int32.self).map { ProductID(Int64($0)) },
                    isArchived: try row.value(1)))
        }
        return read
    }
}
