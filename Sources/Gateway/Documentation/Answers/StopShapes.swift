import Shared

/// What the routes of stops answer.
extension JSONShape {
    static let stopKind = JSONShape.words(["stop", "micro"])
    static let stopSource = JSONShape.words(["calculated", "registered"])
    static let stopStatus = JSONShape.words(["ongoing", "closed"])

    static let stop = JSONShape.object([
        "event_id": id.orNull, "line_id": id, "line_code": text, "start": instant, "end": instant.orNull,
        "duration_seconds": seconds, "planned_seconds": seconds, "source": stopSource, "status": stopStatus,
        "kind": stopKind, "incident_id": id.orNull, "reason": text.orNull, "justified_by": id.orNull,
        "justified_by_key": id.orNull, "justified_at": instant.orNull,
        "version": text.orNull, "suggested_category": words(of: LossCategory.self).orNull,
    ]).named("Stop")

    static let stopList = JSONShape.object([
        "items": .list(stop), "total_seconds": seconds, "planned_total_seconds": seconds, "next_cursor": text.orNull,
    ]).named("Stops")

    static let stops = JSONShape.object(["items": .list(stop)]).named("StopsOfEdit")

    /// With `dry_run`: the figures of the days an edit touches, without and with it.
    static let stopEditEffect = JSONShape.object([
        "period": period, "line_id": id, "before": indicators, "after": indicators,
    ]).named("StopEditEffect")

    static let stopChanges = JSONShape.object([
        "added": count, "updated": count, "kept": count, "removed": count,
    ]).named("StopChanges")
}
