import PostgresClient
import Shared

/// One new area; gives its number.
enum InsertArea {
    static func statement(_ area: AreaBody) -> Statement {
        Statement(
            "InsertArea",
            """
            INSERT INTO area (line_id, area_name, area_type, area_order, x1, y1, x2, y2, is_active)
            VALUES (\(Int32(area.line.rawValue)), \(area.name), \(area.type.rawValue), \(Int32(area.order)),
                \(area.coordinates?.x1), \(area.coordinates?.y1), \(area.coordinates?.x2), \(area.coordinates?.y2),
                \(area.isActive))
            RETURNING area_id
            """
        )
    }
}
