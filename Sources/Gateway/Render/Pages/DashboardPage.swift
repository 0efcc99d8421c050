package import Shared

/// The shell of the dashboard: bar, filters, and skeletons that the tiles replace.
package struct DashboardPage: Sendable {
    package struct Plant: Sendable {
        package var id: PlantID
        package var name: String
        package init(id: PlantID, name: String) {
            self.id = id
            self.name = name
        }
    }

    package struct Line: Sendable {
        package var id: LineID
        package var plant: PlantID
        package var code: String
        package var name: String
        package init(id: LineID, plant: PlantID, code: String, name: String) {
            self.id = id
            self.plant = plant
            self.code = code
            self.name = name
        }
    }

    package struct LineGroup: Sendable {
        package var id: LineGroupID
        package var name: String
        /// Those its lines stand in.
        package var plants: Set<PlantID>
        package init(id: LineGroupID, name: String, plants: Set<PlantID>) {
            self.id = id
            self.name = name
            self.plants = plants
        }
    }

    package struct Shift: Sendable {
        package var id: ShiftID
        /// Nil: of every plant.
        package var plant: PlantID?
        package var name: String
        package init(id: ShiftID, plant: PlantID?, name: String) {
            self.id = id
            self.plant = plant
            self.name = name
        }
    }

    package var view: DashboardView
    package var bar: PersonBar
    package var plants: [Plant]
    package var lines: [Line]
    package var lineGroups: [LineGroup]
    package var shifts: [Shift]

    package init(
        view: DashboardView,
        bar: PersonBar,
        plants: [Plant],
        lines: [Line],
        lineGroups: [LineGroup] = [],
        shifts: [Shift]
    ) {
        self.view = view
        self.bar = bar
        self.plants = plants
        self.lines = lines
        self.lineGroups = lineGroups
        self.shifts = shifts
    }
}

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
    let standardPeriod: String
    let isCustomPeriod: Bool
    let from: String?
    let to: String?
    let periods: [Option]
    let plants: [Option]
    let hasPlants: Bool
    let lineSections: [LineSection]
    let shifts: [Option]
    let hasShifts: Bool
    let intervals: [Option]
    let ageBefore: String
    let ageAfter: String

    init(_ dashboard: DashboardPage, page: PageFrame, _ localisation: Localisation) {
        let view = dashboard.view
        self.page = page
        t = localisation.tree
        bar = PersonBarModel(dashboard.bar, localisation)
        tab = view.tab.rawValue
        isProductionTab = view.tab == .production
        isOEETab = view.tab == .oee
        standardPeriod = DashboardView.Period.standard(for: dashboard.bar.role).rawValue
        isCustomPeriod = view.period == .custom
        from = view.from
        to = view.to
        periods = DashboardView.Period.allCases.map { period in
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
        hasPlants = dashboard.plants.count > 1 || view.plant != nil
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
        hasShifts = !dashboard.shifts.isEmpty
        intervals = BucketSize.allCases.map { size in
            Option(
                value: size.rawValue,
                name: localisation.text(size.optionKey),
                plant: nil,
                maximumDays: size.maximumDays,
                isCurrent: size == view.interval
            )
        }
        (ageBefore, ageAfter) = localisation.halves(.liveAge, around: "age")
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
        case .today: .periodToday
        case .yesterday: .periodYesterday
        case .sevenDays: .periodSevenDays
        case .thirtyDays: .periodThirtyDays
        case .custom: .periodCustom
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
