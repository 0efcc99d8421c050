import Shared

/// `DashboardPage` as its template sees it.
struct DashboardModel {
    struct Option {
        let value: String
        let name: String
        /// The plants it fits, with spaces between them; nil: every one.
        let plant: String?
        let maximumDays: Int?
        let isCurrent: Bool
    }

    /// Options under one label; without one they stand by themselves.
    struct LineSection {
        let label: String?
        let lines: [Option]
    }

    let page: PageFrame
    let t: TextTree
    let bar: PersonBarModel
    let tab: String
    let isProductionTab: Bool
    let isOEETab: Bool
    let isCustomPeriod: Bool
    let from: String?
    let to: String?
    let periods: [Option]
    let plants: [Option]
    let hasPlants: Bool
    let hasLines: Bool
    let lineSections: [LineSection]
    let shifts: [Option]
    let hasShifts: Bool
    let hasIntervals: Bool
    let intervals: [Option]
    let comparisons: [Option]
    let isCustomComparison: Bool
    let comparedFrom: String?
    let comparedTo: String?
    let units: DashboardUnitsModel
    let more: DashboardMoreModel?
    let ageBefore: String
    let ageAfter: String
    let panels: [TilesModel]

    init(_ dashboard: DashboardPage, page: PageFrame, panels: [TilesModel] = [], _ localisation: Localisation) {
        let view = dashboard.view
        self.page = page
        self.panels = panels
        t = localisation.tree
        tab = view.tab.rawValue
        isProductionTab = view.tab == .production
        isOEETab = view.tab == .oee
        let hasNoShifts = dashboard.shifts.isEmpty
        isCustomPeriod = view.period == .custom
        from = view.from
        to = view.to
        periods = DashboardView.Period.allCases.filter { !hasNoShifts || !$0.isOfShift }.map { period in
            Option(
                value: period.rawValue,
                name: localisation.text(period.textKey),
                plant: nil,
                maximumDays: nil,
                isCurrent: period == view.period
            )
        }
        plants = dashboard.plants.map { plant in
            Option(
                value: "\(plant.id)",
                name: plant.name,
                plant: nil,
                maximumDays: nil,
                isCurrent: plant.id == view.plant
            )
        }
        let filters = dashboard.filters
        hasPlants = (dashboard.plants.count > 1 && filters.contains(.plant)) || view.plant != nil
        bar = PersonBarModel(dashboard.bar, plants: hasPlants ? Self.places(of: dashboard) : [], localisation)
        hasLines = filters.contains(.productionLine) || view.lines != .all
        hasIntervals = filters.contains(.interval) || view.interval != nil
        lineSections = Self.lineSections(of: dashboard, localisation)
        shifts = dashboard.shifts.map { shift in
            Option(
                value: "\(shift.id)",
                name: shift.name,
                plant: shift.plant.map { "\($0)" },
                maximumDays: nil,
                isCurrent: shift.id == view.shift
            )
        }
        hasShifts = (!dashboard.shifts.isEmpty && filters.contains(.shift)) || view.shift != nil
        intervals = BucketSize.allCases.map { size in
            Option(
                value: size.rawValue,
                name: localisation.text(size.optionKey),
                plant: nil,
                maximumDays: size.maximumDays,
                isCurrent: size == view.interval
            )
        }
        comparisons = DashboardView.Comparison.allCases.map { comparison in
            Option(
                value: comparison == .previous ? "" : comparison.rawValue,
                name: localisation.text(comparison.textKey),
                plant: nil,
                maximumDays: nil,
                isCurrent: comparison == view.comparison
            )
        }
        isCustomComparison = view.comparison == .custom
        comparedFrom = view.comparedFrom
        comparedTo = view.comparedTo
        units = DashboardUnitsModel(dashboard, localisation)
        more = DashboardMoreModel(dashboard, localisation)
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
    }

    private static func places(of dashboard: DashboardPage) -> [PersonBarModel.Plant] {
        dashboard.plants.map { plant in
            PersonBarModel.Plant(id: plant.id, name: plant.name, isCurrent: plant.id == dashboard.view.plant)
        }
    }

    /// The groups, then the lines: by plant where there are several.
    private static func lineSections(of dashboard: DashboardPage, _ localisation: Localisation) -> [LineSection] {
        func option(_ selection: LineSelection, _ name: String, _ plants: Set<PlantID>) -> Option {
            Option(
                value: selection.text ?? "",
                name: name,
                plant: plants.map(\.rawValue).sorted().map { "\($0)" }.joined(separator: " "),
                maximumDays: nil,
                isCurrent: selection == dashboard.view.lines
            )
        }
        func options(_ lines: [DashboardPage.Line]) -> [Option] {
            lines.map { line in
                let name = line.code == line.name ? line.code : "\(line.code) · \(line.name)"
                return option(.some([line.id]), name, [line.plant])
            }
        }
        var sections: [LineSection] = []
        if !dashboard.lineGroups.isEmpty {
            let groups = dashboard.lineGroups.map { option(.group($0.id), $0.name, $0.plants) }
            sections.append(LineSection(label: localisation.text(.lineGroups), lines: groups))
        }
        if dashboard.plants.count > 1 {
            for plant in dashboard.plants {
                let own = dashboard.lines.filter { $0.plant == plant.id }
                if !own.isEmpty { sections.append(LineSection(label: plant.name, lines: options(own))) }
            }
        } else if !dashboard.lines.isEmpty {
            let label = sections.isEmpty ? nil : localisation.text(.linesSingle)
            sections.append(LineSection(label: label, lines: options(dashboard.lines)))
        }
        return sections
    }
}

extension DashboardView.Period {
    var textKey: TextKey {
        switch self {
        case .thisShift: .periodThisShift
        case .lastShift: .periodLastShift
        case .today: .periodToday
        case .yesterday: .periodYesterday
        case .sevenDays: .periodSevenDays
        case .thirtyDays: .periodThirtyDays
        case .custom: .periodCustom
        }
    }
}

extension DashboardView.Comparison {
    var textKey: TextKey {
        switch self {
        case .previous: .comparePrevious
        case .week: .compareWeek
        case .custom: .compareCustom
        }
    }
}

extension BucketSize {
    /// The length of the longest period, in days, that may be asked for in this size.
    var maximumDays: Int {
        switch self {
        case .minute: 7
        case .quarterHour: 62
        case .hour: 366
        case .day: 1_826
        case .week, .month: 3_652
        }
    }

    var optionKey: TextKey {
        switch self {
        case .minute: .intervalMinute
        case .quarterHour: .intervalQuarterHour
        case .hour: .intervalHour
        case .day: .intervalDay
        case .week: .intervalWeek
        case .month: .intervalMonth
        }
    }

    /// After "units per".
    var perKey: TextKey {
        switch self {
        case .minute: .chartByMinute
        case .quarterHour: .chartByQuarterHour
        case .hour: .chartByHour
        case .day: .chartByDay
        case .week: .chartByWeek
        case .month: .chartByMonth
        }
    }
}
