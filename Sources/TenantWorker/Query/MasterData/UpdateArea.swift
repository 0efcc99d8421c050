import PostgresClient
import Shared

/// Replaces an area. Of one with detections the line cannot change.
enum UpdateArea {
    static func statement(_ id: Int64, _ area: AreaBody) -> Statement {
        Statement(
            "UpdateArea",
            """
            UPDATE area SET line_id = \(Int32(area.line.rawValue)), area_name = \(area.name),
                area_type = \(area.type.rawValue), area_order = \(Int32(area.order)), x1 = \(area.coordinates?.x1),
                y1 = \(area.coordinates?.y1), x2 = \(area.coordinates?.x2), y2 = \(area.coordinates?.y2),
                is_active = \(area.isActive)
            WHERE area_id = \(Int32(id))
            """
        )
    }
}
