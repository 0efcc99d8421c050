/// What a dashboard asks for in one request.
package struct DashboardQuery: JSONBody, Hashable {
    package var filters: DashboardFilters
    package var analysis: AnalysisQuery
    /// What trends compare with; nil: the period of equal length just before.
    package var comparison: PeriodRequest?
    /// Instead of either: the same days of the week before, so far.
    package private(set) var comparesWithWeekBefore = false
    /// Whether the caller looks through the rows of tables itself, by what people read in them, so that it gets all there are to
    /// look through instead of those that match.
    package private(set) var isSearchedByCaller = false
    package var widgets: [WidgetKind]

    package var interval: BucketSize { filters.interval }

    /// Reads the body of POST /dashboard/data.
    package init(_ fields: inout JSONFields) {
        filters = DashboardFilters(&fields)
        let period = fields.required(filters.period, FilterKind.dateRange.parameter, Self.standInPeriod)
        analysis = filters.analysis(over: period)
        comparison = fields.optionalPeriod("compare_from", "compare_to")
        widgets = fields.widgets("widget_ids") ?? WidgetKind.allCases
    }

    /// The same over another period, nil: over its own, and compared as the caller wants it.
    package func over(
        _ period: PeriodRequest?, comparedWithWeekBefore: Bool, searchedByCaller: Bool = false
    ) -> DashboardQuery {
        var other = self
        if let period { other.analysis.period = period }
        other.comparesWithWeekBefore = comparedWithWeekBefore
        other.isSearchedByCaller = searchedByCaller
        return other
    }

    /// What rows of tables have to have; nil: nothing.
    package var searched: SearchedText? { filters.search.map { SearchedText($0) } }

    /// Stands where a faulty body has no period; never answered from.
    private static let standInPeriod = PeriodRequest(
        from: .instant(Instant(microseconds: 0)),
        to: .instant(Instant(microseconds: 0))
    )
}

extension JSONFields {
    /// Both ends of a period or neither; one alone lacks the other.
    fileprivate mutating func optionalPeriod(_ from: String, _ to: String) -> PeriodRequest? {
        let (first, last) = (text(of: from), text(of: to))
        guard first != nil || last != nil else { return nil }
        let (start, end) = (bound(from, first), bound(to, last))
        guard let start, let end else { return nil }
        return PeriodRequest(from: start, to: end)
    }

    private mutating func text(of name: String) -> String? {
        note(name, PeriodBound.shape)
        return plainString(name)
    }

    private mutating func bound(_ name: String, _ text: String?) -> PeriodBound? {
        guard !hasFault(name) else { return nil }
        guard let text else {
            fault(name, .required)
            return nil
        }
        do {
            return try PeriodBound(parsing: text)
        } catch {
            fault(name, .invalidTime, limit: "YYYY-MM-DD, YYYY-MM-DDTHH:MM, YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
    }

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
