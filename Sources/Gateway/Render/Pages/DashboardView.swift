import Foundation
package import Shared

/// What a dashboard's address says: tab, period, filters. The address is the view; a copied link shows the same.
///
/// Read from query items `tab`, `period`, `from`, `to`, `plant_id`, `line_id`, `shift_id`, `interval`. Anything unknown
/// or malformed is an error, never a wider view.
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
    package var line: LineID?
    package var shift: ShiftID?
    /// Nil: by the length of the period.
    package var interval: BucketSize?

    package init(period: Period, tab: Tab = .production) {
        self.period = period
        self.tab = tab
    }

    /// Reads the decoded name and value of each query item; empty values count as absent, other names are ignored.
    ///
    /// - Throws: every parameter's fault at once.
    package init(queryItems items: [(name: String, value: String)], role: Role) throws(Fault) {
        self.init(period: .standard(for: role))
        var faults: [ParameterFault] = []
        func number(_ name: String, _ text: String) -> Int64? {
            guard let number = Int64(plain: text), number > 0 else {
                faults.append(ParameterFault(parameter: name, code: .invalidType))
                return nil
            }
            return number
        }
        func choice<Value: RawRepresentable<String>>(_ name: String, _ text: String) -> Value? {
            let value = Value(rawValue: text)
            if value == nil { faults.append(ParameterFault(parameter: name, code: .notAllowed)) }
            return value
        }
        for (name, value) in items where !value.isEmpty {
            switch name {
            case "tab": tab = choice(name, value) ?? tab
            case "period": period = choice(name, value) ?? period
            case "from": from = value
            case "to": to = value
            case "plant_id": plant = number(name, value).map(PlantID.init)
            case "line_id": line = value == "all" ? nil : number(name, value).map(LineID.init)
            case "shift_id": shift = number(name, value).map(ShiftID.init)
            case "interval": interval = choice(name, value)
            default: break
            }
        }
        if period == .custom {
            for (name, date) in [("from", from), ("to", to)] {
                guard let date else {
                    faults.append(ParameterFault(parameter: name, code: .required))
                    continue
                }
                if Self.day(date) == nil { faults.append(ParameterFault(parameter: name, code: .invalidFormat)) }
            }
            if faults.isEmpty, let from, let to, to < from {
                faults.append(ParameterFault(parameter: "to", code: .endsBeforeStart))
            }
        } else {
            (from, to) = (nil, nil)
        }
        guard faults.isEmpty else { throw Fault.invalid(faults) }
    }

    /// Midnight UTC of a real date `YYYY-MM-DD`.
    private static func day(_ text: String) -> Date? {
        guard text.utf8.count == 10, let date = try? Date("\(text)T00:00:00Z", strategy: .iso8601),
            dayText(date, .gmt) == text
        else { return nil }
        return date
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
        if let line { items.append(("line_id", "\(line)")) }
        if let shift { items.append(("shift_id", "\(shift)")) }
        if let interval { items.append(("interval", interval.rawValue)) }
        return "?" + items.map { "\($0)=\($1)" }.joined(separator: "&")
    }
}
