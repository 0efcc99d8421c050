import PostgresClient
import Shared

/// All areas, by id.
enum SelectAreas {
    static let statement = Statement(
        "SelectAreas",
        """
        SELECT area_id, line_id, area_name, area_type, area_order, x1, y1, x2, y2, is_active
        FROM area ORDER BY area_id
        """,
        idempotent: true
    )

    static func read(_ rows: Rows) throws(PostgresError) -> [Area] {
        var areas: [Area] = []
        for row in rows {
            var coordinates: AreaBody.Coordinates?
            if let x1 = try row.optional(5, as: Double.self) {
                coordinates = AreaBody.Coordinates(
                    x1: x1, y1: try row.value(6), x2: try row.value(7), y2: try row.value(8))
            }
            areas.append(
                Area(
                    id: AreaID(try row.value(0)),
                    line: LineID(try row.value(1)),
                    name: try row.value(2),
                    type: AreaType(rawValue: try row.value(3)) ?? .process,
                    order: try row.value(4),
                    coordinates: coordinates,
                    isActive: try row.value(9)
                )
            )
        }
        return areas
    }
}
