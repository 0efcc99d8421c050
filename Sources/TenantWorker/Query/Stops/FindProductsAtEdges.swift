import PostgresClient
import Shared

/// The product of the detection of an area next to each of some instants, looked for in the given minutes alone; a row per
/// instant, in their order.
enum FindProductsAtEdges {
    static func statement(_ line: LineID, _ area: AreaID, _ edges: [ProductEdge]) throws(PostgresError) -> Statement {
        let table = try Identifier("detection_line_\(line)")
        let area = Int32(area.rawValue)
        let instants = edges.map { PostgresTimestamp($0.instant) }
        let near = edges.map { PostgresTimestamp(Instant(minute: $0.unclearMinutes[0])) }
        let far = edges.map { PostgresTimestamp(Instant(minute: $0.unclearMinutes[$0.unclearMinutes.count - 1])) }
        return Statement(
            "FindProductsAtEdges",
            """
            SELECT CASE WHEN edge.is_before THEN (
                SELECT product_id FROM \(table)
                WHERE area_id = \(area) AND detected_at <= edge.instant
                    AND (detected_at >= edge.near AND detected_at < edge.near + interval '1 minute'
                        OR detected_at >= edge.far AND detected_at < edge.far + interval '1 minute')
                ORDER BY detected_at DESC, detection_id DESC LIMIT 1
            ) ELSE (
                SELECT product_id FROM \(table)
                WHERE area_id = \(area) AND detected_at >= edge.instant
                    AND (detected_at >= edge.near AND detected_at < edge.near + interval '1 minute'
                        OR detected_at >= edge.far AND detected_at < edge.far + interval '1 minute')
                ORDER BY detected_at, detection_id LIMIT 1
            ) END
            FROM unnest(\(instants), \(edges.map(\.isBefore)), \(near), \(far))
                WITH ORDINALITY AS edge (instant, is_before, near, far, place)
            ORDER BY edge.place
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [ProductID?] {
        try rows.optionalColumn(0, as: Int64.self).map { product in product.map { ProductID($0) } }
    }
}
