/// The kinds of things a plant is described by. The raw value is the resource's segment in paths.
package enum MasterDataResource: String, CaseIterable, Sendable {
    case plants
    case productionLines = "production-lines"
    case areas
    case products
    case idealRates = "ideal-rates"
    case shifts
    case calendarExceptions = "calendar-exceptions"
    case failures
    case incidents
    case lineGroups = "line-groups"
    case layouts

    /// The field that holds an object's own id.
    package var idField: String {
        switch self {
        case .plants: "plant_id"
        case .productionLines: "line_id"
        case .areas: "area_id"
        case .products: "product_id"
        case .idealRates: "ideal_rate_id"
        case .shifts: "shift_id"
        case .calendarExceptions: "calendar_exception_id"
        case .failures: "failure_id"
        case .incidents: "incident_id"
        case .lineGroups: "line_group_id"
        case .layouts: "layout_id"
        }
    }

    /// Whether its objects have versions with `valid_from`.
    package var isDated: Bool {
        switch self {
        case .productionLines, .products, .idealRates, .shifts: true
        case .plants, .areas, .calendarExceptions, .failures, .incidents, .lineGroups, .layouts: false
        }
    }
}
