import Shared

/// What the routes of figures answer.
extension JSONShape {
    /// Why a figure has no value.
    static let reason = JSONShape.words([
        "no_planned_time", "no_running_time", "no_nominal_rate", "quality_not_measured", "input_missing", "no_stops",
        "no_calendar_time", "no_output",
    ]).orNull

    static let flags = JSONShape.list(
        .words([
            "no_planned_time", "no_detections", "quality_not_measured", "input_missing", "no_nominal_rate",
            "quality_over_one", "performance_over_one", "continuous_schedule", "production_outside_plan", "unobserved",
            "filters_ignored",
        ])
    ).named("Flags")

    static let period = JSONShape.object([
        "from": instant.orNull, "to": instant.orNull, "timezone": text.orNull,
    ]).described("Null where each line has its own: lines of several zones asked for by local dates.").named("Period")

    /// Start, end and name of a stretch of time.
    static let bucket = JSONShape.object(["start": instant, "end": instant, "label": text]).named("Bucket")
    static let interval = JSONShape.object(["start": instant, "end": instant]).named("Interval")

    static let downtimeByCategory = JSONShape.object(
        LossCategory.allCases.map { Member($0.rawValue, .number, isRequired: true) }
    ).described("Seconds of downtime by category of loss.").named("DowntimeByCategory")

    /// Ends and names of all figures, each in one of three forms.
    private static func figures(time: JSONShape, count: JSONShape, number: (JSONShape) -> JSONShape) -> JSONShape {
        .object([
            "calendar_seconds": time, "planned_seconds": time, "downtime_seconds": time, "unobserved_seconds": time,
            "runtime_seconds": time,
            "produced": count, "good": count, "scrap": count, "total_production": count,
            "unplanned_production": count, "weight_kg": number(.number), "ideal_seconds": number(.seconds),
            "availability": number(.ratio), "performance": number(.ratio), "quality": number(.ratio),
            "oee": number(.ratio), "teep": number(.ratio), "raw_performance": number(.seconds),
            "raw_quality": number(.seconds), "stops": count, "micro_stops": count,
            "mtbf_seconds": number(.seconds), "mttr_seconds": number(.seconds),
        ])
    }

    static let indicators = figures(time: seconds, count: count) { $0.orNull }.with(.object(["flags": flags]))
        .named("Figures")
    static let indicatorDifferences = figures(time: number.orNull, count: integer.orNull) { _ in .number.orNull }
        .named("FigureDifferences")

    private static let line = JSONShape.object(["line_id": id, "line_code": text])

    static let lineIndicators = line.with(.object(["period": .optional(period)])).with(indicators)
        .named("LineFigures")

    private static let wholeIndicators = JSONShape.object([
        "period": period, "lines": .list(lineIndicators), "downtime_by_category": downtimeByCategory,
        "total": indicators,
    ])

    private static let wholeDifferences = JSONShape.object([
        "lines": .list(line.with(indicatorDifferences)), "downtime_by_category": downtimeByCategory,
        "total": indicatorDifferences,
    ])

    private static let rowHead = JSONShape.object([
        "start": instant, "end": instant, "label": text.orNull, "group": id.orNull, "group_name": text.orNull,
        "shift_id": .optional(id.orNull),
    ])

    static let indicatorRow = rowHead.with(
        figures(time: seconds.orNull, count: count.orNull) { $0.orNull }
    ).with(.object(["detections": .optional(count), "flags": flags])).named("FigureRow")

    private static let indicatorRowDifferences = rowHead.with(
        .object(["compared_start": instant, "compared_end": instant, "compared_label": text.orNull])
    ).with(indicatorDifferences).with(.object(["detections": .optional(integer.orNull)])).named("FigureRowDifferences")

    /// GET /kpis without parts.
    static let kpis = wholeIndicators.with(
        .object(["comparison": .optional(wholeIndicators), "differences": .optional(wholeDifferences)])
    ).named("Kpis")

    /// GET /kpis in parts.
    static let groupedKpis = JSONShape.object([
        "period": period,
        "interval": words(of: IndicatorInterval.self).orNull,
        "group_by": words(of: IndicatorGroup.self).orNull,
        "buckets": .list(indicatorRow),
        "comparison": .optional(.object(["period": period, "buckets": .list(indicatorRow)])),
        "differences": .optional(.list(indicatorRowDifferences)),
    ]).named("KpisInParts")

    /// GET /production.
    static let production = JSONShape.object([
        "period": period,
        "interval": words(of: BucketSize.self),
        "split_by": words(of: ProductionSplit.self),
        "buckets": .list(
            bucket.with(
                .object([
                    "series": JSONShape.map(count).described(
                        "Units by the number of the product, area or line; `total` undivided.")
                ]))),
    ]).named("Production")

    /// GET /line-status.
    static let lineStatus = JSONShape.object([
        "lines": .list(lineState), "now": instant,
    ]).named("LineStatuses")

    private static let lineState = JSONShape.object([
        "line_id": id, "line_code": text, "line_name": text, "plant_id": id, "plant_name": text, "timezone": text,
        "status": words(["running", "stopped", "idle", "no_data", "waiting"]),
        "since": instant.orNull, "last_detection": instant.orNull,
        "threshold_seconds": integer(LineBody.thresholdSeconds), "registered": boolean,
        "idle": object([
            "kind": words(["break", "closed", "outside_shifts", "decommissioned"]), "name": text.orNull,
            "until": instant.orNull,
        ]).orNull,
        "running_stop": stop.orNull,
    ]).named("LineStatus")
}
