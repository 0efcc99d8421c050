import Shared

/// Filters and their values as the API shows them.
enum FilterJSON {
    /// Writes what a filter is into the object that is open.
    static func write(_ kind: FilterKind, now: Instant, _ zone: TimeZoneRules, to json: inout JSONWriter) {
        json.field("key", kind.rawValue)
        json.field("parameter", kind.parameter)
        json.field("control", kind.control.rawValue)
        json.field("required", kind.isRequired)
        json.key("default")
        switch kind {
        case .dateRange: write(DateRangeFilter.standard(now: now, in: zone), to: &json)
        case .productionLine: json.value("all")
        case .shift, .downtimeThreshold, .search, .plant: json.null()
        case .area, .product: json.array { _ in }
        case .interval: json.value(BucketSize.hour.rawValue)
        case .curveType: json.value(CurveType.standard.rawValue)
        case .showDowntime: json.value(true)
        case .highlightPeaks: json.value(false)
        }
        json.key("depends_on")
        json.array { json in
            for dependency in kind.dependencies { json.value(dependency.rawValue) }
        }
        json.field("has_options", kind.hasOptions)
        json.field("minimum", kind == .downtimeThreshold ? DowntimeThresholdFilter.range.lowerBound : nil)
        json.field("maximum", kind == .downtimeThreshold ? DowntimeThresholdFilter.range.upperBound : nil)
        json.field("maximum_length", kind == .search ? SearchFilter.longest : nil)
    }

    /// Writes the values of all filters into the object that is open, each as a request would say it.
    static func write(_ filters: DashboardFilters, to json: inout JSONWriter) {
        json.key("daterange")
        if let period = filters.period { write(period, to: &json) } else { json.null() }
        json.key("line_id")
        switch filters.lines {
        case .all: json.value("all")
        case .group(let id): json.value(ProductionLineFilter.text(of: id))
        case .some(let lines):
            if let line = lines.first { json.value(line.rawValue) } else { json.null() }
        }
        json.field("plant_id", filters.plant?.rawValue)
        json.field("shift_id", filters.shift?.rawValue)
        json.key("area_ids")
        json.array { json in
            for area in filters.areas ?? [] { json.value(area.rawValue) }
        }
        json.key("product_ids")
        json.array { json in
            for product in filters.products ?? [] { json.value(product.rawValue) }
        }
        json.field("interval", filters.interval.rawValue)
        json.field("curve_type", filters.curve.rawValue)
        json.field("downtime_threshold", filters.thresholdSeconds)
        json.field("show_downtime", filters.showsDowntime)
        json.field("highlight_peaks", filters.highlightsPeaks)
        json.field("search", filters.search)
    }

    private static func write(_ period: PeriodRequest, to json: inout JSONWriter) {
        json.object { json in
            json.field("start_date", date(of: period.from)?.description)
            json.field("end_date", date(of: period.to)?.description)
            json.field("start_time", (time(of: period.from) ?? .firstMinute).description)
            json.field("end_time", (time(of: period.to) ?? .lastMinute).description)
        }
    }

    private static func date(of bound: PeriodBound) -> LocalDate? {
        switch bound {
        case .date(let date), .clock(let date, _): date
        case .instant: nil
        }
    }

    private static func time(of bound: PeriodBound) -> LocalTime? {
        switch bound {
        case .clock(_, let time): time
        case .date, .instant: nil
        }
    }

    /// The zone whose yesterday and today are meant: that of the first line chosen, or of the plant.
    static func zone(of filters: DashboardFilters, _ principal: Principal, _ model: PlantModel) -> TimeZoneRules? {
        let visible = model.plants(visibleTo: principal)
        if let line = filters.lines.single.flatMap({ model.line($0) }),
            let plant = visible.first(where: { $0.id == line.plant })
        {
            return plant.zone
        }
        return visible.first { filters.plant == nil || $0.id == filters.plant }?.zone
    }
}
