import Shared

/// What GET /explain/kpis answers.
extension JSONShape {
    static let explanation = JSONShape.object([
        "period": period, "now": instant, "shift_id": id.orNull,
        "threshold_seconds": integer(LineBody.thresholdSeconds).orNull, "lines": .list(lineExplanation),
        "downtime_by_category": downtimeByCategory,
        "total": object([
            "sums": object([
                "lines": count, "lines_with_rate": count, "runtime_seconds_with_rate": seconds,
                "ideal_seconds": seconds, "ideal_running_seconds": seconds, "ideal_good_seconds": seconds,
                "dual_produced": count, "dual_good": count, "stop_downtime_seconds": seconds,
            ]),
            "weight_efficiency": weightEfficiency,
            "figures": indicators,
        ]),
    ]).named("Explanation")

    private static let weightEfficiency = JSONShape.object([
        "value": JSONShape.number.orNull, "reason": reason, "weight_kg": number, "nominal_weight_kg": number,
    ]).described("Over lines whose own rate is known throughout their planned time.").named("WeightEfficiency")

    private static let lineExplanation = JSONShape.object([
        "line_id": id, "line_code": text, "plant_id": id, "period": period, "reach": interval,
        "calendar_time": interval, "commissioned_at": instant.orNull, "decommissioned_at": instant.orNull,
        "continuous_schedule": boolean, "takes_whole_instances": boolean.orNull,
        "shift_instances": .list(
            object([
                "shift_id": id, "shift_name": text.orNull, "start_day": date, "start": instant, "end": instant,
                "selected": boolean.orNull, "breaks": .list(object(["name": text]).with(interval)),
            ])),
        "calendar_exceptions": .list(
            object([
                "calendar_exception_id": id, "kind": words(of: CalendarExceptionKind.self), "name": text,
                "line_id": id.orNull,
            ]).with(interval)),
        "own_planned": .list(interval), "planned": .list(interval), "counted": .list(interval), "is_dual": boolean,
        "auto_detect_downtime": boolean, "settings": .list(lineVersion), "stops": .list(stopExplanation),
        "unobserved": .list(interval),
        "counts": .list(
            object([
                "area_id": id, "area_name": text.orNull, "area_type": words(of: AreaType.self), "product_id": id,
                "in_plan": count, "total": count,
            ])),
        "products": .list(
            object([
                "product_id": id, "product_code": text.orNull,
                "weights": .list(
                    interval.with(object(["weight_kg": seconds, "output": count, "in_shift": count.orNull]))),
                "rates": .list(
                    interval.with(
                        object([
                            "product_rate_per_minute": number.orNull, "line_rate_per_minute": number.orNull,
                            "produced": count, "ideal_seconds": seconds.orNull,
                        ]))),
            ])),
        "weight_efficiency": weightEfficiency, "figures": indicators,
    ]).named("LineExplanation")

    private static let stopExplanation = JSONShape.object([
        "event_id": id.orNull, "start": instant, "end": instant, "status": stopStatus, "duration_seconds": seconds,
        "planned_seconds": seconds, "planned_life_seconds": seconds, "source": stopSource,
        "kind": words(["stop", "micro", "remainder"]), "calculated_from": instant.orNull,
        "threshold_seconds": integer(LineBody.thresholdSeconds).orNull,
        "micro_stop_seconds": integer(LineBody.thresholdSeconds).orNull, "incident_id": id.orNull,
        "reason": text.orNull, "loss_category": words(of: LossCategory.self),
    ]).named("StopExplanation")
}
