/// Which tiles and filters a role sees, and where: tabs of a grid of four columns, read row by row.
package struct DashboardLayout: Equatable, Sendable {
    /// How many columns the grid has.
    package static let columns = 4

    /// The tabs of a dashboard, by their names in addresses.
    package enum TabName: String, CaseIterable, Sendable {
        case production = "produccion"
        case oee
    }

    package struct Tab: Equatable, Sendable {
        package var name: TabName
        package var widgets: [Place]
    }

    /// One tile of a tab; its place is the one in the list.
    package struct Place: Equatable, Sendable {
        package var widget: WidgetKind
        /// 1…4 columns.
        package var width: Int
    }

    /// One tile with the tab it is in.
    package struct TabbedPlace: Equatable, Sendable {
        package var tab: TabName
        package var widget: WidgetKind
        /// 1…4 columns.
        package var width: Int

        package init(tab: TabName, widget: WidgetKind, width: Int) {
            self.tab = tab
            self.widget = widget
            self.width = width
        }
    }

    package var tabs: [Tab]
    package var filters: [FilterKind]

    private init(tabs: [Tab], filters: [FilterKind]) {
        self.tabs = tabs
        self.filters = filters
    }

    /// An arrangement of tiles, those of a tab in the order of its places.
    package init(_ places: [TabbedPlace], filters: [FilterKind]) {
        tabs = TabName.allCases.map { name in
            Tab(
                name: name,
                widgets: places.filter { $0.tab == name }.map { Place(widget: $0.widget, width: $0.width) })
        }
        self.filters = filters
    }

    /// Its tiles, tab by tab.
    package var places: [TabbedPlace] {
        tabs.flatMap { tab in
            tab.widgets.map { TabbedPlace(tab: tab.name, widget: $0.widget, width: $0.width) }
        }
    }

    /// Whether a tile is in any tab.
    package func shows(_ widget: WidgetKind) -> Bool {
        tabs.contains { tab in tab.widgets.contains { $0.widget == widget } }
    }

    /// Where a tile stands for those who see every tile.
    package static func standardPlace(of widget: WidgetKind) -> TabbedPlace {
        everyPlace[widget] ?? TabbedPlace(tab: .production, widget: widget, width: columns)
    }

    private static let everyPlace = Dictionary(
        standard(for: .manager).places.map { ($0.widget, $0) }, uniquingKeysWith: { first, _ in first })

    /// What a role sees as long as nobody has arranged anything else for it.
    ///
    /// Whoever works at a line finds its state and the hours of the shift first; whoever answers for several lines finds
    /// the figures first.
    package static func standard(for role: Role) -> DashboardLayout {
        switch role {
        case .operator:
            DashboardLayout(
                tabs: [
                    Tab(name: .production, widgets: floor + products),
                    Tab(name: .oee, widgets: equation + [Place(widget: .downtimeTable, width: 4)] + losses),
                ],
                filters: FilterKind.allCases
            )
        case .superAdmin, .admin, .manager, .viewer:
            DashboardLayout(
                tabs: [
                    Tab(name: .production, widgets: amounts + production + products + counts),
                    Tab(
                        name: .oee,
                        widgets: equation + trend + losses + [Place(widget: .downtimeTable, width: 4)]
                    ),
                ],
                filters: FilterKind.allCases
            )
        }
    }

    private static let floor = [
        Place(widget: .lineStatusIndicator, width: 2), Place(widget: .hourByHour, width: 2),
        Place(widget: .totalProduction, width: 1), Place(widget: .totalDowntime, width: 1),
        Place(widget: .eventFeed, width: 2), Place(widget: .productionTimeChart, width: 4),
    ]

    private static let amounts = [
        Place(widget: .totalProduction, width: 1), Place(widget: .totalWeight, width: 1),
        Place(widget: .weightEfficiency, width: 1), Place(widget: .totalDowntime, width: 1),
    ]

    private static let production = [
        Place(widget: .productionTimeChart, width: 4), Place(widget: .lineStatusIndicator, width: 2),
        Place(widget: .hourByHour, width: 2),
    ]

    private static let products = [
        Place(widget: .productDistributionChart, width: 2), Place(widget: .productRanking, width: 2),
    ]

    private static let counts = [
        Place(widget: .areaDetectionChart, width: 2), Place(widget: .entryOutputCompareChart, width: 2),
        Place(widget: .metricsSummary, width: 2), Place(widget: .eventFeed, width: 2),
    ]

    private static let equation = [
        Place(widget: .availability, width: 1), Place(widget: .performance, width: 1),
        Place(widget: .quality, width: 1), Place(widget: .oee, width: 1),
    ]

    private static let trend = [Place(widget: .oeeTrendChart, width: 4)]

    private static let losses = [
        Place(widget: .lossWaterfall, width: 2), Place(widget: .downtimePareto, width: 2),
        Place(widget: .scatterChart, width: 4),
    ]
}
