import Foundation
package import Shared

/// What a dashboard's address says: tab, period, filters. The address is the view; a copied link shows the same.
///
/// Read from query items `tab`, `period`, `from`, `to`, `plant_id`, `line_id`, `shift_id`, `interval`. Anything else, or
/// malformed, or given twice, is an error, never another view.
package struct DashboardView: Hashable, Sendable {
    package enum Tab: String, CaseIterable, Sendable {
        case production = "produccion"
        case oee

        /// The tiles of the tab, in the order of the page.
        package var widgets: [WidgetKind] {
            switch self {
            case .production: [.lineStatusIndicator, .totalProduction, .productionTimeChart]
            case .oee: [.availability, .performance, .quality, .oee, .downtimeTable]
            }
        }
    }

    package enum Period: String, CaseIterable, Sendable {
        case today
        case yesterday
        case sevenDays = "7d"
        case thirtyDays = "30d"
        /// `from` and `to`, both included.
        case custom

        /// The period a page opens with.
        package static func standard(for role: Role) -> Period {
            switch role {
            case .operator: .today
            case .superAdmin, .admin, .manager: .yesterday
            case .viewer: .sevenDays
            }
        }
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

    package init(period: Period, tab: Tab = .production) {
        self.period = period
        self.tab = tab
    }

    /// The names an address may have.
    private static let parameters: Set<String> = [
        "tab", "period", "from", "to", "plant_id", "line_id", "shift_id", "interval",
    ]

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
        from = Self.date("from", &fields, isWanted: period == .custom)
        to = Self.date("to", &fields, isWanted: period == .custom)
        if let from, let to, to < from { fields.fault("to", .endsBeforeStart) }
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
        try fields.finish()
    }

    /// A date of a period of dates, which has both; any other period has neither.
    private static func date(_ name: String, _ fields: inout QueryFields, isWanted: Bool) -> String? {
        guard let text = fields.text(name) else {
            if isWanted { fields.fault(name, .required) }
            return nil
        }
        guard isWanted else {
            if !fields.hasFault("period") { fields.fault(name, .notAllowed, limit: "period=custom") }
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
        var fault = fault
        for (index, parameter) in fault.parameters.enumerated()
        where parameter.parameter.hasPrefix(FilterKind.dateRange.parameter) {
            let isOfInterval = interval != nil && parameter.code == .periodTooLong
            fault.parameters[index].parameter = isOfInterval ? "interval" : "to"
        }
        return fault
    }

    /// Midnight UTC of a real date `YYYY-MM-DD`.
    private static func day(_ text: String) -> Date? {
        try? Date("\(text)T00:00:00Z", strategy: .iso8601)
    }

    private static func dayText(_ date: Date, _ zone: TimeZone) -> String {
        date.formatted(Date.ISO8601FormatStyle(timeZone: zone).year().month().day())
    }

    /// First and last local date of the period, both included, for a present moment and the IANA name of the zone whose
    /// today is meant (UTC when unknown).
    package func dates(secondsSince1970: Double, zone: String?) -> (start: String, end: String) {
        let zone = zone.flatMap(TimeZone.init(identifier:)) ?? .gmt
        let today = Self.dayText(Date(timeIntervalSince1970: secondsSince1970), zone)
        let midnight = Self.day(today) ?? Date(timeIntervalSince1970: secondsSince1970)
        func before(_ days: Int) -> String {
            Self.dayText(midnight.addingTimeInterval(Double(-days) * 86_400), .gmt)
        }
        switch period {
        case .today: return (today, today)
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

    /// The query of the address of this view, `?` included; what equals the standard of the role is left out.
    package func query(role: Role) -> String {
        var items: [(String, String)] = []
        if tab != .production { items.append(("tab", tab.rawValue)) }
        if period != .standard(for: role) { items.append(("period", period.rawValue)) }
        if let from { items.append(("from", from)) }
        if let to { items.append(("to", to)) }
        if let plant { items.append(("plant_id", "\(plant)")) }
        if let text = lines.text { items.append(("line_id", text)) }
        if let shift { items.append(("shift_id", "\(shift)")) }
        if let interval { items.append(("interval", interval.rawValue)) }
        return "?" + items.map { "\($0)=\($1)" }.joined(separator: "&")
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
