/// A field of a form of the administration. The name is the API's, so a refusal that names it finds its place.
struct AdministrationField: Sendable {
    /// How it is asked for.
    enum Control: Hashable, Sendable {
        case text
        /// Several lines of text.
        case lines
        /// Texts, one a line.
        case list
        case number
        /// A quotient that people read as a percentage.
        case percent
        case choice([String])
        case choices([String])
        case flag
        case reference(AdministrationKind)
        /// None chosen stands for all of them, unless the field is required.
        case references(AdministrationKind)
        case zone
        case color
        case email
        case password
        case days
        case time
        case breaks
        /// An instant, on the clock of the plant.
        case moment
        /// From `start` to `end` on the clock of the plant; times left out stand for whole days.
        case span
        /// A rectangle.
        case corners
    }

    let name: String
    let control: Control
    /// The part of the form it stands in.
    var group = Group.general
    var isRequired = false
    var hasHint = false
    /// Whether it is a matter of versions.
    var isDated = false
    /// Unit of a number, in words of the texts.
    var unit: Unit?
    /// What stands there in a new form.
    var standard: String?

    enum Group: String, CaseIterable, Sendable {
        case general
        case pace
        case time
        case detection
        case state
    }

    enum Unit: String, CaseIterable, Sendable {
        case perMinute = "per_minute"
        case seconds
        case kilograms
        case percent
        case units
    }

    var labelKey: String { "admin.field.\(name)" }
    var hintKey: String { "admin.hint.\(name)" }
    func choiceKey(_ value: String) -> String { "admin.choice.\(name).\(value.lowercased())" }

    /// The choice that stands for nothing chosen.
    var noneKey: String {
        switch control {
        case .reference(.plants), .references(.plants): "admin.all.plants"
        case .reference(.lines), .references(.lines): "admin.all.lines"
        default: "admin.all.none"
        }
    }

    var textKeys: [String] {
        var keys = [labelKey]
        if hasHint { keys.append(hintKey) }
        switch control {
        case .choice(let values), .choices(let values): keys += values.map(choiceKey)
        default: break
        }
        return keys
    }
}

extension AdministrationKind {
    /// What is asked for, in the order of the form.
    var fields: [AdministrationField] {
        typealias Field = AdministrationField
        let isActive = Field(name: "is_active", control: .flag, group: .state, hasHint: true, standard: "true")
        switch self {
        case .plants:
            return [
                Field(name: "plant_code", control: .text, isRequired: true),
                Field(name: "plant_name", control: .text, isRequired: true),
                Field(name: "timezone", control: .zone, isRequired: true, hasHint: true),
                Field(name: "locale", control: .choice(["es", "en"])),
                isActive,
            ]
        case .lines:
            return [
                Field(name: "plant_id", control: .reference(.plants), isRequired: true),
                Field(name: "line_code", control: .text, isRequired: true),
                Field(name: "line_name", control: .text, isRequired: true),
                Field(
                    name: "rate_per_minute", control: .number, group: .pace, hasHint: true, isDated: true,
                    unit: .perMinute),
                Field(name: "target_oee", control: .percent, group: .pace, isDated: true, unit: .percent),
                Field(
                    name: "downtime_threshold_seconds", control: .number, group: .pace, hasHint: true, isDated: true,
                    unit: .seconds),
                Field(
                    name: "micro_stop_seconds", control: .number, group: .pace, hasHint: true, isDated: true,
                    unit: .seconds),
                Field(
                    name: "auto_detect_downtime", control: .flag, group: .detection, hasHint: true, standard: "true"),
                Field(
                    name: "heartbeat_timeout_seconds", control: .number, group: .detection, hasHint: true,
                    unit: .seconds),
                Field(name: "commissioned_at", control: .moment, group: .state, hasHint: true),
                Field(name: "decommissioned_at", control: .moment, group: .state),
                isActive,
            ]
        case .areas:
            return [
                Field(name: "line_id", control: .reference(.lines), isRequired: true),
                Field(name: "area_name", control: .text, isRequired: true),
                Field(
                    name: "area_type", control: .choice(["input", "process", "output"]), isRequired: true,
                    hasHint: true),
                Field(name: "area_order", control: .number, hasHint: true),
                Field(name: "coordinates", control: .corners, hasHint: true),
                isActive,
            ]
        case .products:
            return [
                Field(name: "product_code", control: .text, isRequired: true),
                Field(name: "product_name", control: .text, isRequired: true),
                Field(name: "color", control: .color, hasHint: true),
                Field(name: "units_per_batch", control: .number, unit: .units),
                Field(name: "weight_kg", control: .number, hasHint: true, isDated: true, unit: .kilograms),
                isActive,
            ]
        case .rates:
            return [
                Field(name: "line_id", control: .reference(.lines), isRequired: true),
                Field(name: "product_id", control: .reference(.products), isRequired: true),
                Field(
                    name: "rate_per_minute", control: .number, isRequired: true, hasHint: true, isDated: true,
                    unit: .perMinute),
                isActive,
            ]
        case .groups:
            return [
                Field(name: "group_name", control: .text, isRequired: true),
                Field(name: "line_ids", control: .references(.lines), isRequired: true),
            ]
        case .shifts:
            return [
                Field(name: "shift_name", control: .text, isRequired: true),
                Field(name: "days", control: .days, group: .time, isRequired: true, hasHint: true),
                Field(name: "start_time", control: .time, group: .time, isRequired: true),
                Field(name: "end_time", control: .time, group: .time, isRequired: true, hasHint: true),
                Field(name: "breaks", control: .breaks, group: .time, hasHint: true),
                Field(name: "plant_id", control: .reference(.plants), group: .state),
                Field(name: "line_ids", control: .references(.lines), group: .state),
                isActive,
            ]
        case .calendar:
            return [
                Field(name: "name", control: .text, isRequired: true),
                Field(name: "kind", control: .choice(["closed", "extra"]), isRequired: true),
                Field(name: "plant_id", control: .reference(.plants), isRequired: true),
                Field(name: "line_id", control: .reference(.lines)),
                Field(name: "start", control: .span, group: .time, isRequired: true, hasHint: true),
            ]
        case .failures:
            let categories = ["breakdown", "changeover", "planned", "no_demand", "material", "quality", "other"]
            return [
                Field(name: "failure_code", control: .text, isRequired: true),
                Field(name: "failure_name", control: .text, isRequired: true),
                Field(
                    name: "loss_category", control: .choice(categories), isRequired: true, hasHint: true,
                    standard: "breakdown"),
                Field(name: "line_ids", control: .references(.lines)),
                Field(name: "description", control: .lines),
                isActive,
            ]
        case .incidents:
            return [
                Field(name: "failure_id", control: .reference(.failures), isRequired: true),
                Field(name: "incident_code", control: .text, isRequired: true),
                Field(name: "incident_name", control: .text, isRequired: true),
                Field(name: "description", control: .lines),
                Field(name: "solution", control: .lines),
                isActive,
            ]
        case .users:
            return [
                Field(name: "username", control: .text, isRequired: true),
                Field(name: "email", control: .email, isRequired: true),
                Field(name: "password", control: .password, hasHint: true),
                Field(
                    name: "role", control: .choice(["ADMIN", "MANAGER", "OPERATOR", "VIEWER"]), group: .state,
                    isRequired: true, hasHint: true, standard: "VIEWER"),
                Field(name: "permissions", control: .choices(["export_data"]), group: .state),
                Field(name: "plant_ids", control: .references(.plants), group: .state),
                isActive,
            ]
        case .keys:
            return [
                Field(name: "name", control: .text, isRequired: true),
                Field(name: "scopes", control: .choices(["read", "ingest", "write"]), isRequired: true),
                Field(name: "expires_at", control: .moment, group: .state, hasHint: true),
                Field(name: "addresses", control: .list, group: .state, hasHint: true),
            ]
        }
    }
}
