/// What a dashboard asks for in one request.
package struct DashboardQuery: JSONBody, Hashable {
    package var filters: DashboardFilters
    package var analysis: AnalysisQuery
    package var widgets: [WidgetKind]

    package var interval: BucketSize { filters.interval }

    /// Reads the body of POST /dashboard/data.
    package init(_ fields: inout JSONFields) {
        filters = DashboardFilters(&fields)
        let period = fields.required(filters.period, FilterKind.dateRange.parameter, Self.standInPeriod)
        analysis = filters.analysis(over: period)
        widgets = fields.widgets("widget_ids") ?? WidgetKind.allCases
    }

    /// Stands where a faulty body has no period; never answered from.
    private static let standInPeriod = PeriodRequest(
        from: .instant(Instant(microseconds: 0)),
        to: .instant(Instant(microseconds: 0))
    )
}

extension JSONFields {
    fileprivate mutating func widgets(_ name: String) -> [WidgetKind]? {
        note(name, .list(.words(of: WidgetKind.self)))
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
