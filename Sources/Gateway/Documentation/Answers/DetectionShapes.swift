import Shared

/// Bodies and answers of the routes of detections.
extension JSONShape {
    /// POST /detections. A row that is not of this shape is rejected, and the others are stored.
    static let detectionBatch: JSONShape = {
        let name = text(upTo: 255).orNull
        let row = JSONShape.object([
            "line": .optional(name), "line_id": .optional(id.orNull), "area": .optional(name),
            "area_id": .optional(id.orNull), "product": .optional(name), "product_id": .optional(id.orNull),
            "detected_at": instant, "event_id": .optional(text(upTo: 200).orNull),
        ]).described(
            "Of `line` and `line_id` one, of `area` and `area_id` one, of `product` and `product_id` one.")
        return object([
            "detections": .list(row.named("Detection"), lengths: 1...10_000)
        ]).named("DetectionBatch")
    }()

    private static let rejectedRows = JSONShape.list(
        object([
            "index": count.described("Of the row, from 0."),
            "code": words([
                "unknown_line", "unknown_area", "unknown_product", "invalid_time", "future_time", "invalid_row",
                "conflicting_event",
            ]),
            "field": text, "message": text,
        ]), upTo: Int(RejectedLimit.most))

    static let ingestion = JSONShape.object([
        "received": count, "stored": count, "duplicates": count, "rejected_count": count, "rejected": rejectedRows,
    ]).named("Ingestion")

    /// The answer with `dry_run`.
    static let detectionTrial = JSONShape.object([
        "received": count, "stored": count, "duplicates": count, "rejected_count": count, "rejected": rejectedRows,
        "lines": .list(
            object([
                "line_id": id, "line_code": text,
                "days": .list(
                    object(["date": date, "rows": count, "before": indicators, "after": indicators])),
            ])),
    ]).named("DetectionTrial")

    static let storedDetections = page(
        of: object([
            "detection_id": integer(1...Int64.max), "line_id": id, "area_id": id, "product_id": id,
            "detected_at": instant, "event_id": text.orNull, "received_at": instant,
        ]).named("StoredDetection")
    ).named("StoredDetections")
}
