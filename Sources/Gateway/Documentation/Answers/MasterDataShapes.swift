import Shared

/// What the routes of master data and settings answer.
extension JSONShape {
    private static let language = JSONShape.words(of: LanguageCode.self).orNull
    private static let lineIDs = JSONShape.list(id)

    /// What of a line has versions.
    static let lineVersion = JSONShape.object([
        "valid_from": instant.orNull, "rate_per_minute": number(LineBody.ratePerMinute).orNull,
        "downtime_threshold_seconds": integer(LineBody.thresholdSeconds),
        "micro_stop_seconds": integer(LineBody.thresholdSeconds).orNull, "target_oee": ratio.orNull,
    ])

    private static let productVersion = JSONShape.object(["valid_from": instant.orNull, "weight_kg": seconds.orNull])
    private static let rateVersion = JSONShape.object([
        "valid_from": instant.orNull, "rate_per_minute": number(LineBody.ratePerMinute), "is_active": boolean,
    ])
    private static let shiftVersion = JSONShape.object([
        "valid_from": instant.orNull, "plant_id": id.orNull, "line_ids": lineIDs.orNull, "shift_name": text,
        "days": .list(integer(1...7), lengths: 1...7, isDistinct: true),
        "start_time": timeOfDay, "end_time": timeOfDay,
        "breaks": .list(object(["name": text, "start_time": timeOfDay, "end_time": timeOfDay])),
        "is_active": boolean,
    ])

    private static func dated(_ own: JSONShape, _ version: JSONShape) -> JSONShape {
        own.with(version).with(.object(["versions": .list(version)]))
    }

    /// One object of a resource.
    static func object(of resource: MasterDataResource) -> JSONShape {
        let own: JSONShape =
            switch resource {
            case .plants:
                object([
                    "plant_id": id, "plant_code": text, "plant_name": text, "timezone": text, "locale": language,
                    "is_active": boolean,
                ])
            case .productionLines:
                dated(
                    object([
                        "line_id": id, "plant_id": id, "line_code": text, "line_name": text,
                        "auto_detect_downtime": boolean, "commissioned_at": instant.orNull,
                        "decommissioned_at": instant.orNull,
                        "heartbeat_timeout_seconds": integer(LineBody.thresholdSeconds).orNull, "is_active": boolean,
                    ]), lineVersion)
            case .areas:
                object([
                    "area_id": id, "line_id": id, "area_name": text, "area_type": words(of: AreaType.self),
                    "area_order": count, "is_active": boolean,
                    "coordinates": object(["x1": number, "y1": number, "x2": number, "y2": number]).orNull,
                ])
            case .products:
                dated(
                    object([
                        "product_id": id, "product_code": text, "product_name": text, "color": text.orNull,
                        "units_per_batch": count.orNull, "is_active": boolean,
                    ]), productVersion)
            case .idealRates:
                dated(object(["ideal_rate_id": id, "line_id": id, "product_id": id]), rateVersion)
            case .shifts: dated(object(["shift_id": id]), shiftVersion)
            case .calendarExceptions:
                object([
                    "calendar_exception_id": id, "plant_id": id, "line_id": id.orNull,
                    "kind": words(of: CalendarExceptionKind.self), "name": text, "start": instant, "end": instant,
                ])
            case .failures:
                object([
                    "failure_id": id, "failure_code": text, "failure_name": text,
                    "loss_category": words(of: LossCategory.self), "line_ids": lineIDs.orNull,
                    "description": text.orNull, "is_active": boolean,
                ])
            case .incidents:
                object([
                    "incident_id": id, "failure_id": id, "incident_code": text, "incident_name": text,
                    "description": text.orNull, "solution": text.orNull, "is_active": boolean,
                ])
            case .lineGroups: object(["line_group_id": id, "group_name": text, "line_ids": lineIDs])
            case .layouts:
                object([
                    "layout_id": id, "role": words(of: Role.self),
                    "widgets": .list(
                        object([
                            "widget_id": words(of: WidgetKind.self), "tab": words(of: DashboardLayout.TabName.self),
                            "width": integer(1...Int64(DashboardLayout.columns)),
                        ])),
                    "filters": .list(words(of: FilterKind.self)),
                ])
            }
        return own.named(resource.noun)
    }

    /// A page of a list.
    static func page(of element: JSONShape) -> JSONShape {
        .object(["items": .list(element), "next_cursor": text.orNull])
    }

    static let setting = JSONShape.object([
        "key": words(of: SettingKey.self), "value": integer,
    ]).named("Setting")

    /// The one setting that is no number.
    static let twoFactorRoles = JSONShape.object([
        "key": words([TwoFactorRolesSetting.key]), "value": .list(words(of: Role.self)),
    ]).named("TwoFactorRoles")
}

extension MasterDataResource {
    /// One object of it, as names in the documentation have it.
    var noun: String {
        switch self {
        case .plants: "Plant"
        case .productionLines: "ProductionLine"
        case .areas: "Area"
        case .products: "Product"
        case .idealRates: "IdealRate"
        case .shifts: "Shift"
        case .calendarExceptions: "CalendarException"
        case .failures: "Failure"
        case .incidents: "Incident"
        case .lineGroups: "LineGroup"
        case .layouts: "RoleLayout"
        }
    }
}
