import Shared

/// What POST /dashboard/data answers: a tile for each key.
extension JSONShape {
    static let dashboard = JSONShape.object([
        "widgets": .object(
            WidgetKind.allCases.map { Member($0.rawValue, tile(of: $0), isRequired: false) }),
        "metadata": object([
            "total_detections": count, "lines_queried": count, "is_multi_line": boolean, "widget_count": count,
            "period": period, "interval": words(of: BucketSize.self), "search": text.orNull, "now": instant,
        ]),
    ]).named("Dashboard")

    private static func tile(of kind: WidgetKind) -> JSONShape {
        object([
            "widget_id": words([kind.rawValue]), "widget_name": text, "widget_type": words([kind.type]),
            "data": .optional(kind.data.named("\(kind.rawValue)Data").described("Missing where the tile failed.")),
            "error": .optional(tileError), "metadata": object([]),
        ])
    }

    private static let tileError = JSONShape.object([
        "code": words(FaultCode.allCases.map(\.rawValue) + [ParameterFaultCode.archivedDetail.rawValue])
            .described("Why the tile has no data.")
    ]).named("TileError")

    /// Against the period before; null where there is none.
    fileprivate static let trend = JSONShape.object([
        "direction": words(["up", "down", "stable"]), "previous": number, "difference": number, "good": boolean.orNull,
        "period": JSONShape.period.described("The period compared with, up to the moment that corresponds to now."),
    ]).named("Trend").orNull

    fileprivate static let spark = JSONShape.list(number.orNull, upTo: 48)
    fileprivate static let unit = JSONShape.text.described("What `value` counts, or the lists do.")
    fileprivate static let buckets = JSONShape.list(bucket)

    /// One product's part of the output.
    fileprivate static let productAmount = JSONShape.object([
        "product_id": id, "product_code": text.orNull, "name": text.orNull, "color": text.orNull, "units": count,
        "share": ratio.orNull, "weight_kg": seconds, "weight_share": ratio.orNull,
    ])

    fileprivate static func amounts(of product: JSONShape) -> JSONShape {
        object(["unit": unit, "items": .list(product), "total_units": count, "total_weight_kg": seconds])
    }

    fileprivate static let downtimePart = JSONShape.object([
        "downtime_seconds": seconds, "stops": count, "micro_stops": count, "share": ratio.orNull,
        "cumulative_share": number.orNull,
    ])
}

extension WidgetKind {
    /// What its `data` holds.
    var data: JSONShape {
        switch self {
        case .oee, .availability, .performance, .quality: Self.ratio
        case .totalProduction:
            .object([
                "value": .count, "unit": .unit, "good": .count, "scrap": .count, "unplanned": .count,
                "weight_kg": .seconds, "trend": .trend, "spark": .spark,
            ])
        case .totalWeight:
            .object([
                "value": .seconds, "unit": .unit, "units": .count, "mean_weight_kg": JSONShape.seconds.orNull,
                "products_without_weight": .list(.id), "trend": .trend, "spark": .spark,
            ])
        case .weightEfficiency:
            .object([
                "value": JSONShape.seconds.orNull, "unit": .unit, "reason": .reason, "weight_kg": .seconds,
                "flags": .flags, "trend": .trend, "spark": .spark,
            ])
        case .totalDowntime:
            .object([
                "value": .count, "unit": .unit, "micro_stops": .count, "downtime_seconds": .seconds,
                "downtime_minutes": .seconds, "stop_seconds": .seconds, "planned_seconds": .seconds,
                "mttr_seconds": JSONShape.seconds.orNull, "mtbf_seconds": JSONShape.seconds.orNull, "flags": .flags,
                "trend": .trend, "stops_trend": .trend, "spark": .spark,
            ])
        case .productDistributionChart: .amounts(of: .productAmount)
        case .productRanking:
            .amounts(of: JSONShape.productAmount.with(.object(["rank": .count, "trend": .trend])))
        case .lineStatusIndicator: .lineStatus
        case .productionTimeChart: Self.productionChart
        case .oeeTrendChart: Self.trendChart
        case .hourByHour: Self.hourBoard
        case .areaDetectionChart: Self.areas
        case .entryOutputCompareChart: Self.entryAndOutput
        case .scatterChart: Self.scatter
        case .downtimeTable:
            .object([
                "items": .list(.stop.with(Self.causeNames), upTo: 100), "more": .count, "count": .count,
                "micro_count": .count, "total_seconds": .seconds, "planned_total_seconds": .seconds,
            ])
        case .downtimePareto: Self.pareto
        case .lossWaterfall: Self.waterfall
        case .metricsSummary: Self.summary
        case .eventFeed: Self.feed
        }
    }

    private static let ratio = JSONShape.object([
        "value": JSONShape.ratio.orNull, "unit": .unit, "raw_value": JSONShape.seconds.orNull, "reason": .reason,
        "planned_seconds": .seconds, "downtime_seconds": .seconds, "runtime_seconds": .seconds,
        "target": JSONShape.ratio.orNull, "flags": .flags, "trend": .trend, "spark": .spark,
    ])

    private static let productionChart = JSONShape.object([
        "interval": .words(of: BucketSize.self), "curve_type": .words(of: CurveType.self), "unit": .unit,
        "timezone": JSONShape.text.orNull, "buckets": .buckets,
        "series": .list(
            .object([
                "product_id": .id, "name": .text, "color": JSONShape.text.orNull,
                "counts": JSONShape.list(.count).described("One for each bucket."),
            ])),
        "total": JSONShape.list(.count).described("One for each bucket."),
        "peaks": JSONShape.list(.count).described("Places of the buckets with the highest total."),
        "stops": .list(
            .object([
                "event_id": JSONShape.id.orNull, "start": .instant, "end": JSONShape.instant.orNull,
                "kind": .stopKind, "source": .stopSource, "justified": .boolean, "reason": JSONShape.text.orNull,
            ]), upTo: 1_000),
        "more_stops": .count,
    ])

    private static let trendChart = JSONShape.object([
        "interval": .words(of: IndicatorInterval.self), "unit": .unit,
        "buckets": .list(
            JSONShape.bucket.with(
                .object([
                    "availability": JSONShape.ratio.orNull, "performance": JSONShape.ratio.orNull,
                    "quality": JSONShape.ratio.orNull, "oee": JSONShape.ratio.orNull, "reason": .reason,
                    "planned_seconds": JSONShape.seconds.orNull, "downtime_seconds": JSONShape.seconds.orNull,
                    "stops": JSONShape.count.orNull, "total_production": JSONShape.count.orNull,
                    "target": JSONShape.ratio.orNull,
                ]))),
        "target": JSONShape.ratio.orNull,
    ])

    private static let hourBoard = JSONShape.object([
        "date": JSONShape.date.orNull, "shift_id": JSONShape.id.orNull, "unit": .unit,
        "hours": .list(
            JSONShape.bucket.with(
                .object([
                    "planned_seconds": .seconds, "target": JSONShape.seconds.orNull,
                    "target_kind": .words(["nominal", "target"]), "reason": .reason, "actual": .count,
                    "difference": JSONShape.number.orNull,
                    "largest_loss": JSONShape.object([
                        "kind": .words(["stop", "speed", "quality"]), "line_id": .id, "line_code": .text,
                        "seconds": .seconds, "event_id": JSONShape.id.orNull, "start": JSONShape.instant.orNull,
                        "incident_id": JSONShape.id.orNull, "incident_name": JSONShape.text.orNull,
                        "reason": JSONShape.text.orNull,
                    ]).orNull,
                    "cumulative_target": JSONShape.seconds.orNull, "cumulative_actual": .count,
                    "cumulative_difference": JSONShape.number.orNull,
                ]))),
        "to_come": JSONShape.list(
            JSONShape.bucket.with(
                .object([
                    "planned_seconds": .seconds, "target": JSONShape.seconds.orNull,
                    "target_kind": .words(["nominal", "target"]), "reason": .reason,
                ]))
        ).described("The hours of the shift or day that follow, whole, with what they are planned to make."),
    ])

    private static let areas = JSONShape.object([
        "unit": .unit,
        "items": .list(
            .object([
                "area_id": .id, "name": .text, "area_type": .words(of: AreaType.self), "line_id": .id,
                "line_code": .text, "detections": .count, "share": JSONShape.ratio.orNull,
            ])),
        "total_detections": .count,
    ])

    private static let entryAndOutput = JSONShape.object([
        "interval": .words(of: BucketSize.self), "unit": .unit, "line_ids": .list(.id), "reason": .reason,
        "buckets": .buckets, "input": .list(.count), "output": .list(.count), "difference": .list(.integer),
        "totals": .object([
            "input": .count, "output": .count, "scrap": .count, "scrap_share": JSONShape.ratio.orNull,
        ]),
    ])

    private static let scatter = JSONShape.object([
        "unit": .unit, "line_id": .list(.id), "event_id": .list(JSONShape.id.orNull), "start": .list(.instant),
        "hour": .list(.number(0...24)), "duration_seconds": .list(.seconds), "planned_seconds": .list(.seconds),
        "kind": .list(.stopKind), "source": .list(.stopSource), "incident_id": .list(JSONShape.id.orNull),
        "failure_name": .list(JSONShape.text.orNull), "incident_name": .list(JSONShape.text.orNull),
        "reason": .list(JSONShape.text.orNull), "count": .count, "more": .count,
    ])

    private static let causeNames = JSONShape.object([
        "failure_name": JSONShape.text.orNull, "incident_name": JSONShape.text.orNull,
    ])

    private static let pareto: JSONShape = {
        let category = JSONShape.object(["category": .words(of: LossCategory.self)])
        let failure = JSONShape.object([
            "failure_id": JSONShape.id.orNull, "failure_code": JSONShape.text.orNull,
            "failure_name": JSONShape.text.orNull,
        ])
        let incident = JSONShape.object([
            "incident_id": JSONShape.id.orNull, "incident_code": JSONShape.text.orNull,
            "incident_name": JSONShape.text.orNull,
        ])
        return .object([
            "unit": .unit, "downtime_seconds": .seconds,
            "categories": .list(category.with(.downtimePart)),
            "failures": .list(category.with(failure).with(.downtimePart)),
            "incidents": .list(category.with(failure).with(incident).with(.downtimePart)),
        ])
    }()

    private static let waterfall = JSONShape.object([
        "unit": .unit,
        "steps": .list(
            .object([
                "key": .words([
                    "calendar", "not_planned", "planned", "stopped", "running", "slower", "ideal", "rejected", "good",
                ]),
                "kind": .words(["total", "loss"]), "seconds": JSONShape.seconds.orNull,
                "hours": JSONShape.seconds.orNull,
            ])),
        "reason": .reason, "stopped_by_category": .downtimeByCategory, "oee": JSONShape.ratio.orNull,
        "flags": .flags,
    ])

    private static let summary = JSONShape.object([
        "total_production": .count, "good": .count, "scrap": .count, "weight_kg": .seconds, "products": .count,
        "total_detections": .count, "planned_seconds": .seconds, "runtime_seconds": .seconds,
        "downtime_seconds": .seconds, "units_per_planned_hour": JSONShape.seconds.orNull, "reason": .reason,
        "stops": .count, "micro_stops": .count, "mtbf_seconds": JSONShape.seconds.orNull,
        "mttr_seconds": JSONShape.seconds.orNull, "first_detection": JSONShape.instant.orNull,
        "last_detection": JSONShape.instant.orNull, "flags": .flags,
    ])

    private static let feed: JSONShape = {
        let head = JSONShape.object(["at": .instant, "line_id": .id, "line_code": .text])
        let detection = head.with(
            .object([
                "kind": .words(["detection"]), "area_id": .id, "area_name": JSONShape.text.orNull, "product_id": .id,
                "product_name": JSONShape.text.orNull, "color": JSONShape.text.orNull,
            ]))
        let stop = head.with(
            .object([
                "kind": .words(["stop_started", "stop_ended"]), "event_id": JSONShape.id.orNull,
                "stop_kind": .stopKind, "source": .stopSource, "status": .stopStatus, "duration_seconds": .seconds,
                "incident_id": JSONShape.id.orNull, "reason": JSONShape.text.orNull,
            ]))
        return .object([
            "shows_detections": .boolean,
            "items": .list(.either([detection, stop]), upTo: 20),
        ])
    }()
}
