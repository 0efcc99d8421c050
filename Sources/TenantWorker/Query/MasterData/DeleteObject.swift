import PostgresClient
import Shared

/// Takes an object away with all its versions, unless something refers to it (SQLSTATE 23503): one statement for each
/// resource.
enum DeleteObject {
    static func statement(_ resource: MasterDataResource, _ id: Int64) -> Statement {
        let role = Role(layoutID: id)?.rawValue ?? ""
        let id = Int32(id)
        switch resource {
        case .plants:
            return Statement("DeletePlant", "DELETE FROM plant WHERE plant_id = \(id)")
        case .productionLines:
            return Statement("DeleteLine", "DELETE FROM production_line WHERE line_id = \(id)")
        case .areas:
            return Statement("DeleteArea", "DELETE FROM area WHERE area_id = \(id)")
        case .products:
            return Statement("DeleteProduct", "DELETE FROM product WHERE product_id = \(id)")
        case .idealRates:
            return Statement("DeleteIdealRate", "DELETE FROM ideal_rate WHERE ideal_rate_id = \(id)")
        case .shifts:
            return Statement("DeleteShift", "DELETE FROM shift WHERE shift_id = \(id)")
        case .calendarExceptions:
            return Statement(
                "DeleteCalendarException", "DELETE FROM calendar_exception WHERE calendar_exception_id = \(id)")
        case .failures:
            return Statement("DeleteFailure", "DELETE FROM failure WHERE failure_id = \(id)")
        case .incidents:
            return Statement("DeleteIncident", "DELETE FROM incident WHERE incident_id = \(id)")
        case .lineGroups:
            return Statement("DeleteLineGroup", "DELETE FROM line_group WHERE line_group_id = \(id)")
        case .layouts:
            return Statement("DeleteLayout", "DELETE FROM dashboard_template WHERE role = \(role)")
        }
    }
}
