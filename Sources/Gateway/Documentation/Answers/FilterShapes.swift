import Shared

/// What the routes of filters and of the layout answer.
extension JSONShape {
    private static let dateRange = JSONShape.object([
        "start_date": date.orNull, "end_date": date.orNull, "start_time": timeOfDay, "end_time": timeOfDay,
    ])

    /// GET /filters.
    static let filters = JSONShape.object([
        "items": .list(
            object([
                "key": words(of: FilterKind.self), "parameter": text,
                "control": words(["date_range", "choice", "choices", "integer", "boolean", "text"]),
                "required": boolean,
                "default": either([dateRange, text, boolean, .list(id)]).orNull
                    .described("As a request would say it; null: none."),
                "depends_on": .list(words(of: FilterKind.self)), "has_options": boolean, "minimum": integer.orNull,
                "maximum": integer.orNull, "maximum_length": integer.orNull,
            ]).named("Filter"))
    ]).named("Filters")

    /// GET /filters/{key}/options.
    static let filterOptions = JSONShape.object([
        "key": words(of: FilterKind.self), "parameter": text,
        "items": .list(
            object([
                "value": either([id, text]), "label": text, "code": .optional(text), "plant_id": .optional(id),
                "line_id": .optional(id), "color": .optional(text), "is_active": .optional(boolean),
                "longest_period": .optional(text.described("A duration of ISO 8601.")),
                "line_ids": .optional(.list(id)),
            ]).named("FilterOption")),
    ]).named("FilterOptions")

    /// POST /filters/validate.
    static let validatedFilters = JSONShape.object([
        "valid": boolean,
        "filters": object([
            "daterange": dateRange.orNull, "line_id": ProductionLineFilter.shape.orNull, "plant_id": id.orNull,
            "shift_id": id.orNull, "area_ids": .list(id), "product_ids": .list(id),
            "interval": words(of: BucketSize.self), "curve_type": words(of: CurveType.self),
            "downtime_threshold": integer(DowntimeThresholdFilter.range).orNull, "show_downtime": boolean,
            "highlight_peaks": boolean, "search": text.orNull,
        ]),
    ]).named("ValidatedFilters")

    /// GET /layout.
    static let layout = JSONShape.object([
        "role": words(of: Role.self), "columns": integer,
        "tabs": .list(
            object([
                "tab": words(of: DashboardLayout.TabName.self),
                "widgets": .list(
                    object([
                        "widget_id": words(of: WidgetKind.self), "widget_type": widgetType, "order": count,
                        "width": integer(1...Int64(DashboardLayout.columns)),
                    ])),
            ])),
        "filters": .list(words(of: FilterKind.self)),
    ]).named("Layout")

    static let widgetType = JSONShape.words(Set(WidgetKind.allCases.map(\.type)).sorted())
}
