/// What a dashboard asks for in one request.
package struct DashboardQuery: Hashable, Sendable {
    package var analysis: AnalysisQuery
    /// Count only these areas in charts of production; nil: those whose units count as output.
    package var areas: [AreaID]?
    /// Count only these products in charts of production; nil: all.
    package var products: [ProductID]?
    package var interval: BucketSize
    /// Whether stops are marked in charts.
    package var showsDowntime: Bool
    package var widgets: [WidgetKind]

    /// Reads the body of POST /dashboard/data.
    package init(_ fields: inout JSONFields) {
        let period = fields.object("daterange") { $0.dateRange() } ?? nil
        if fields.faults.isEmpty, period == nil { fields.fault("daterange", .required) }
        analysis = AnalysisQuery(
            period: period ?? Self.standInPeriod,
            lines: fields.lineSelection("line_id"),
            plant: fields.identifier("plant_id"),
            shift: fields.identifier("shift_id"),
            thresholdSeconds: fields.integer("downtime_threshold", in: 1...86_400).map(Int.init)
        )
        areas = fields.identifiers("area_ids").flatMap { $0.isEmpty ? nil : $0 }
        products = fields.identifiers("product_ids").flatMap { $0.isEmpty ? nil : $0 }
        interval = fields.choice("interval", of: BucketSize.self) ?? .hour
        showsDowntime = fields.bool("show_downtime") ?? true
        widgets = fields.widgets("widget_ids") ?? WidgetKind.allCases
        if areas != nil, case .some(let lines) = analysis.lines, lines.count == 1 {
            return
        } else if areas != nil {
            fields.fault("area_ids", .notAllowed, limit: "line_id")
        }
    }

    /// Stands where a faulty body has no period; never answered from.
    private static let standInPeriod = PeriodRequest(
        from: .instant(Instant(microseconds: 0)),
        to: .instant(Instant(microseconds: 0))
    )
}

extension JSONFields {
    /// `{start_date, end_date, start_time?, end_time?}`.
    fileprivate mutating func dateRange() -> PeriodRequest? {
        let start = bound(date: "start_date", time: "start_time")
        let end = bound(date: "end_date", time: "end_time")
        guard let start, let end else { return nil }
        return PeriodRequest(from: start, to: end)
    }

    private mutating func bound(date dateName: String, time timeName: String) -> PeriodBound? {
        let time = localTime(timeName)
        guard let text = plainString(dateName) else {
            fault(dateName, .required)
            return nil
        }
        do {
            return try PeriodBound(date: LocalDate(parsing: text), time: time)
        } catch {
            fault(dateName, .invalidTime, limit: "YYYY-MM-DD")
            return nil
        }
    }

    /// An id, or `all`.
    fileprivate mutating func lineSelection(_ name: String) -> LineSelection {
        switch value(name) {
        case nil, .string("all"):
            return .all
        case .integer(let number) where (1...Int64(Int32.max)).contains(number):
            return .some([LineID(number)])
        case .integer, .string:
            fault(name, .unknownLine)
            return .all
        case .bool, .number, .array, .object, .null:
            fault(name, .invalidType, limit: "integer, all")
            return .all
        }
    }

    fileprivate mutating func widgets(_ name: String) -> [WidgetKind]? {
        guard let value = value(name) else { return nil }
        guard case .array(let values) = value else {
            fault(name, .invalidType, limit: "array")
            return nil
        }
        var widgets: [WidgetKind] = []
        for (index, value) in values.enumerated() {
            guard case .string(let text) = value, let widget = WidgetKind(rawValue: text) else {
                fault("\(name)[\(index)]", .unknownID)
                continue
            }
            if !widgets.contains(widget) { widgets.append(widget) }
        }
        return widgets
    }
}
