import Foundation
package import Shared

/// What a dashboard's address says: tab, period, filters. The address is the view; a copied link shows the same.
///
/// Read from query items `tab`, `period`, `from`, `to`, `plant_id`, `line_id`, `shift_id`, `area_ids`, `product_ids`, `interval`,
/// `compare`, `compare_from`, `compare_to`, `downtime_threshold`, `show_downtime`, `highlight_peaks`, `curve_type`, `search`.
/// Anything else, or malformed, or given twice, is an error, never another view; of areas and products each is an item of its own.
package struct DashboardView: Hashable, Sendable {
    package enum Tab: String, CaseIterable, Sendable {
        case production = "produccion"
        case oee
    }

    package enum Period: String, CaseIterable, Sendable {
        /// The one that the chosen lines work now, or that ended last.
        case thisShift = "this_shift"
        /// The one before it.
        case lastShift = "last_shift"
        case today
        case yesterday
        case sevenDays = "7d"
        case thirtyDays = "30d"
        /// `from` and `to`, both included.
        case custom

        /// The period a page opens with.
        package static func standard(for role: Role) -> Period {
            switch role {
            case .operator: .thisShift
            case .superAdmin, .admin, .manager: .yesterday
            case .viewer: .sevenDays
            }
        }

        /// Whether it is found by the shifts of the lines.
        package var isOfShift: Bool {
            switch self {
            case .thisShift, .lastShift: true
            case .today, .yesterday, .sevenDays, .thirtyDays, .custom: false
            }
        }

        /// What stands for it where there are no shifts.
        package var withoutShifts: Period { isOfShift ? .today : self }
    }

    /// What the figures are compared with.
    package enum Comparison: String, CaseIterable, Sendable {
        /// The period of equal length just before.
        case previous
        /// The same days of the week before, so far.
        case week
        /// `compare_from` and `compare_to`, both included.
        case custom
    }

    package var tab: Tab
    package var period: Period
    /// Local dates `YYYY-MM-DD`, of `custom` only.
    package var from: String?
    package var to: String?
    package var plant: PlantID?
    /// As the API's `line_id`: all, one, or a group.
    package var lines = LineSelection.all
    package var shift: ShiftID?
    /// Nil: by the length of the period.
    package var interval: BucketSize?
    package var comparison = Comparison.previous
    /// Local dates `YYYY-MM-DD`, of a `custom` comparison only.
    package var comparedFrom: String?
    package var comparedTo: String?
    /// Areas of the one line that is chosen; empty: those whose units are output.
    package var areas: [AreaID] = []
    /// Empty: all.
    package var products: [ProductID] = []
    /// Nil: the lines' own.
    package var thresholdSeconds: Int?
    /// Whether the chart of production marks stops.
    package var showsDowntime = true
    package var highlightsPeaks = false
    /// How the chart of production is drawn; nil: as bars where there is room for them.
    package var curve: CurveType?
    /// What rows of tables have to have in them.
    package var search: String?

    package init(period: Period, tab: Tab = .production) {
        self.period = period
        self.tab = tab
    }

    /// The names an address may have.
    private static let parameters = ownParameters.union([
        "period", "from", "to", "plant_id", "line_id", "shift_id",
    ])

    /// Those of the dashboard and of no other page.
    package static let ownParameters: Set<String> = [
        "tab", "interval", "compare", "compare_from", "compare_to", "area_ids", "product_ids", "downtime_threshold",
        "show_downtime", "highlight_peaks", "curve_type", "search",
    ]

    /// Period, plant, lines and shift alone, as other pages have them.
    package var scope: DashboardView {
        var scope = DashboardView(period: period)
        (scope.from, scope.to) = (from, to)
        (scope.plant, scope.lines, scope.shift) = (plant, lines, shift)
        return scope
    }

    /// Chooses one line; areas of another are no longer chosen.
    package mutating func choose(_ line: LineID) {
        if lines != .some([line]) { areas = [] }
        lines = .some([line])
    }

    /// What its amounts count.
    var units: ChosenUnits { ChosenUnits(areas: areas, products: products) }

    /// Reads the decoded name and value of each query item. Empty values count as absent, as a form sends them.
    ///
    /// - Parameter unreadable: the names of parameters whose values are no text.
    /// - Throws: every parameter's fault at once.
    package init(
        queryItems items: [(name: String, value: String)], unreadable: [String] = [], role: Role
    ) throws(Fault) {
        self.init(period: .standard(for: role))
        var fields = QueryFields(
            items: items.filter { !$0.value.isEmpty || !Self.parameters.contains($0.name) }, unreadable: unreadable)
        tab = fields.choice("tab", of: Tab.self) ?? tab
        period = fields.choice("period", of: Period.self) ?? period
        (from, to) = Self.dates("from", "to", of: "period", &fields, isWanted: period == .custom)
        comparison = fields.choice("compare", of: Comparison.self) ?? comparison
        (comparedFrom, comparedTo) = Self.dates(
            "compare_from", "compare_to", of: "compare", &fields, isWanted: comparison == .custom)
        plant = fields.identifier("plant_id", as: PlantID.self)
        if let text = fields.text("line_id") {
            if let selection = ProductionLineFilter.selection(of: [text]) {
                lines = selection
            } else {
                fields.fault("line_id", .unknownLine)
            }
        }
        shift = fields.identifier("shift_id", as: ShiftID.self)
        interval = fields.choice("interval", of: BucketSize.self)
        areas = fields.identifiers("area_ids")
        if !areas.isEmpty, lines.single == nil, !fields.hasFault("line_id") {
            fields.fault("area_ids", .notAllowed, limit: "line_id")
        }
        products = fields.identifiers("product_ids")
        thresholdSeconds = fields.integer("downtime_threshold", in: DowntimeThresholdFilter.range).map(Int.init)
        showsDowntime = fields.bool("show_downtime") ?? true
        highlightsPeaks = fields.bool("highlight_peaks") ?? false
        curve = fields.choice("curve_type", of: CurveType.self)
        search = fields.search("search")
        try fields.finish()
    }

    /// Both dates of a period of dates; any other period has neither.
    private static func dates(
        _ from: String, _ to: String, of choice: String, _ fields: inout QueryFields, isWanted: Bool
    ) -> (String?, String?) {
        let start = date(from, of: choice, &fields, isWanted: isWanted)
        let end = date(to, of: choice, &fields, isWanted: isWanted)
        if let start, let end, end < start { fields.fault(to, .endsBeforeStart) }
        return (start, end)
    }

    private static func date(
        _ name: String, of choice: String, _ fields: inout QueryFields, isWanted: Bool
    ) -> String? {
        guard let text = fields.text(name) else {
            if isWanted { fields.fault(name, .required) }
            return nil
        }
        guard isWanted else {
            if !fields.hasFault(choice) { fields.fault(name, .notAllowed, limit: "\(choice)=custom") }
            return nil
        }
        guard let bound = try? PeriodBound(parsing: text), case .date = bound else {
            fields.fault(name, .invalidTime, limit: "YYYY-MM-DD")
            return nil
        }
        return text
    }

    /// A fault the worker finds in the filters, by the names the address has for them.
    package func renamed(_ fault: Fault) -> Fault {
        var named = fault
        named.parameters = []
        for parameter in fault.parameters {
            var parameter = parameter
            if parameter.parameter.hasPrefix(FilterKind.dateRange.parameter) {
                let isOfInterval = interval != nil && parameter.code == .periodTooLong
                parameter.parameter = isOfInterval ? "interval" : "to"
            } else {
                parameter.parameter = Self.item(ofList: parameter.parameter)
            }
            if !named.parameters.contains(where: { $0.parameter == parameter.parameter }) {
                named.parameters.append(parameter)
            }
        }
        return named
    }

    /// Of a list the address has an item for each.
    static func item(ofList parameter: String) -> String {
        String(parameter.prefix { $0 != "[" })
    }

    /// Midnight UTC of a real date `YYYY-MM-DD`.
    private static func day(_ text: String) -> Date? {
        try? Date("\(text)T00:00:00Z", strategy: .iso8601)
    }

    /// The local date of a moment in the zone of an IANA name (UTC when unknown).
    static func localDate(_ date: Date, zone: String?) -> String {
        dayText(date, zone.flatMap(TimeZone.init(identifier:)) ?? .gmt)
    }

    private static func dayText(_ date: Date, _ zone: TimeZone) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: zone).year().month().day())
    }

    /// First and last local date of the period, both included, for a present moment and the IANA name of the zone whose
    /// today is meant (UTC when unknown). Of a shift: those of today.
    package func dates(secondsSince1970: Double, zone: String?) -> (start: String, end: String) {
        let zone = zone.flatMap(TimeZone.init(identifier:)) ?? .gmt
        let today = Self.dayText(Date(timeIntervalSince1970: secondsSince1970), zone)
        let midnight = Self.day(today) ?? Date(timeIntervalSince1970: secondsSince1970)
        func before(_ days: Int) -> String {
            Self.dayText(midnight.addingTimeInterval(Double(-days) * 86_400), .gmt)
        }
        switch period {
        case .today, .thisShift, .lastShift: return (today, today)
        case .yesterday: return (before(1), before(1))
        case .sevenDays: return (before(6), today)
        case .thirtyDays: return (before(29), today)
        case .custom: return (from ?? today, to ?? today)
        }
    }

    /// The interval chosen, or one that gives a readable number of bars.
    package func resolvedInterval(start: String, end: String) -> BucketSize {
        if let interval { return interval }
        guard let first = Self.day(start), let last = Self.day(end) else { return .hour }
        switch Int(last.timeIntervalSince(first) / 86_400) + 1 {
        case ...3: return .hour
        case ...92: return .day
        case ...366: return .week
        default: return .month
        }
    }

    /// The query of the address of this view, `?` included; what is standard is left out, but for the period, whose standard
    /// is another for another role.
    package var query: String {
        var items: [(String, String)] = []
        if tab != .production { items.append(("tab", tab.rawValue)) }
        items.append(("period", period.rawValue))
        if let from { items.append(("from", from)) }
        if let to { items.append(("to", to)) }
        if let plant { items.append(("plant_id", "\(plant)")) }
        if let text = lines.text { items.append(("line_id", text)) }
        if let shift { items.append(("shift_id", "\(shift)")) }
        if let interval { items.append(("interval", interval.rawValue)) }
        if comparison != .previous { items.append(("compare", comparison.rawValue)) }
        if let comparedFrom { items.append(("compare_from", comparedFrom)) }
        if let comparedTo { items.append(("compare_to", comparedTo)) }
        items += units.queryItems
        if let thresholdSeconds { items.append(("downtime_threshold", "\(thresholdSeconds)")) }
        if !showsDowntime { items.append(("show_downtime", "false")) }
        if highlightsPeaks { items.append(("highlight_peaks", "true")) }
        if let curve { items.append(("curve_type", curve.rawValue)) }
        if let search = search?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) {
            items.append(("search", search))
        }
        return "?" + items.map { "\($0)=\($1)" }.joined(separator: "&")
    }
}

extension QueryFields {
    /// The values of a parameter that may come several times, as ids; none of them twice.
    mutating func identifiers<ID: NumericID>(_ name: String, as type: ID.Type = ID.self) -> [ID] {
        var ids: [ID] = []
        for text in values(name) {
            guard let number = Int64(plain: text) else {
                fault(name, .invalidType, limit: "integer")
                continue
            }
            let id = ID(number)
            if !(1...Int64(Int32.max)).contains(number) {
                fault(name, .unknownID)
            } else if ids.contains(id) {
                fault(name, .duplicateField)
            } else {
                ids.append(id)
            }
        }
        return ids
    }

    /// What is searched for, without blanks around it.
    fileprivate mutating func search(_ name: String) -> String? {
        guard let text = text(name) else { return nil }
        if let code = ParameterFaultCode(ofLine: text, upTo: SearchFilter.longest) {
            fault(name, code, limit: code == .tooLong ? "\(SearchFilter.longest)" : nil)
            return nil
        }
        return text.trimmingCharacters(in: .whitespaces)
    }
}

extension LineSelection {
    /// The value of `line_id` that asks for one line or a group; nil for all lines, which need none.
    package var text: String? {
        switch self {
        case .all: nil
        case .some(let lines): lines.first.map { "\($0)" }
        case .group(let group): ProductionLineFilter.text(of: group)
        }
    }
}
