import Shared

/// A kind of thing that is looked after in the administration. The raw value is its part of the pages' addresses.
///
/// Everything its pages do follows from what is said of it here and in its fields: list, search, form, refusals, versions,
/// history and what stands before a deletion.
package enum AdministrationKind: String, CaseIterable, Sendable {
    case plants
    case lines
    case areas
    case products
    case rates
    case groups
    case shifts
    case calendar
    case failures
    case incidents
    case users
    case keys

    /// What the API calls it.
    var resource: String { masterData?.rawValue ?? (self == .users ? "users" : "api-keys") }

    var apiPath: String { "/api/v1/\(resource)" }

    /// Nil for what is no master data and has no worker behind it.
    var masterData: MasterDataResource? {
        switch self {
        case .plants: .plants
        case .lines: .productionLines
        case .areas: .areas
        case .products: .products
        case .rates: .idealRates
        case .groups: .lineGroups
        case .shifts: .shifts
        case .calendar: .calendarExceptions
        case .failures: .failures
        case .incidents: .incidents
        case .users, .keys: nil
        }
    }

    init?(_ resource: MasterDataResource) {
        guard let kind = Self.allCases.first(where: { $0.masterData == resource }) else { return nil }
        self = kind
    }

    /// The field that holds an object's own number.
    var idField: String { masterData?.idField ?? (self == .users ? "user_id" : "api_key_id") }

    /// What the audit log calls one of them, before its number.
    var auditName: String { String((masterData?.idField ?? "user_id").dropLast("_id".count)) }

    /// Whether its objects have versions.
    var isDated: Bool { masterData?.isDated ?? false }

    /// Whether a form shows what it makes of planned time.
    var plansTime: Bool { self == .shifts || self == .calendar }

    /// The fields an object is called by.
    var titleFields: [String] {
        switch self {
        case .plants: ["plant_code", "plant_name"]
        case .lines: ["line_code", "line_name"]
        case .areas: ["area_name"]
        case .products: ["product_code", "product_name"]
        case .rates: ["line_id", "product_id"]
        case .groups: ["group_name"]
        case .shifts: ["shift_name"]
        case .calendar: ["name"]
        case .failures: ["failure_code", "failure_name"]
        case .incidents: ["incident_code", "incident_name"]
        case .users: ["username"]
        case .keys: ["name"]
        }
    }

    /// The fields a list shows beside what an object is called by.
    var columns: [String] {
        switch self {
        case .plants: ["timezone"]
        case .lines: ["plant_id", "rate_per_minute", "downtime_threshold_seconds", "target_oee"]
        case .areas: ["line_id", "area_type", "area_order"]
        case .products: ["weight_kg", "color", "units_per_batch"]
        case .rates: ["rate_per_minute"]
        case .groups: ["line_ids"]
        case .shifts: ["plant_id", "line_ids", "days", "start_time", "end_time"]
        case .calendar: ["kind", "start", "plant_id", "line_id"]
        case .failures: ["loss_category", "line_ids"]
        case .incidents: ["failure_id"]
        case .users: ["email", "role", "plant_ids"]
        case .keys: ["scopes", "expires_at", "addresses"]
        }
    }

    var icon: String {
        switch self {
        case .plants: "factory"
        case .lines: "line"
        case .areas: "camera"
        case .products: "box"
        case .rates: "speed"
        case .groups: "group"
        case .shifts: "clock"
        case .calendar: "calendar"
        case .failures: "alert"
        case .incidents: "pen"
        case .users: "account"
        case .keys: "key"
        }
    }

    /// What other kinds its fields name.
    var referenced: Set<AdministrationKind> {
        var kinds: Set<AdministrationKind> = []
        for field in fields {
            switch field.control {
            case .reference(let kind), .references(let kind): kinds.insert(kind)
            default: break
            }
        }
        // Times of a line are those of its plant.
        if kinds.contains(.lines) || self == .lines { kinds.insert(.plants) }
        return kinds
    }

    func field(_ name: String) -> AdministrationField? { fields.first { $0.name == name } }

    // MARK: Texts, by their names

    var titleKey: String { "admin.kind.\(rawValue).title" }
    var oneKey: String { "admin.kind.\(rawValue).one" }
    var addKey: String { "admin.kind.\(rawValue).add" }
    var leadKey: String { "admin.kind.\(rawValue).lead" }
    var emptyKey: String { "admin.kind.\(rawValue).empty" }
    /// What deleting one of them does.
    var deletionKey: String { "admin.kind.\(rawValue).deletion" }

    /// Every text that this and the fields name.
    static var textKeys: [String] {
        allCases.flatMap { kind in
            [kind.titleKey, kind.oneKey, kind.addKey, kind.leadKey, kind.emptyKey, kind.deletionKey]
                + kind.fields.flatMap(\.textKeys)
        }
    }
}
