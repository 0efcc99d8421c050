import Shared

/// What fills a tile once its data are there.
protocol TileContent {
    /// What stands beside the title, in few words.
    var summary: String? { get }
}

/// One tile as its template sees it: what every tile has, then its content, or why there is none, or neither while it is
/// awaited.
struct TileFrame {
    let id: String
    let widget: String
    let title: String
    /// By this class all tiles of a sort keep their size while they load.
    let look: String
    /// Of the grid's four columns.
    let width: Int
    let isFigure: Bool
    let isResult: Bool
    /// What stands before a term of the equation.
    let sign: String?
    let isWaiting: Bool
    /// Nil while it is awaited.
    let menu: TileMenu?
    let failure: TileFailure?
    /// Which of its figures the filters that are chosen do not change, and how those count that they do.
    let unfiltered: [String]
    /// What the rows have to have of the table that is shown or that the browser makes.
    let search: String?
    let summary: String?
    let template: String
    /// A `TileContent`, as templates look into it.
    let content: Any?

    private init(
        _ place: DashboardLayout.Place,
        _ localisation: Localisation,
        isWaiting: Bool = false,
        failure: TileFailure? = nil,
        content: (any TileContent)? = nil,
        view: DashboardView? = nil,
        isTerm: Bool
    ) {
        let widget = place.widget
        id = "tile-\(widget.rawValue)"
        self.widget = widget.rawValue
        title = localisation[widget.nameKey]
        menu = isWaiting ? nil : TileMenu(widget, title: title, localisation)
        look = widget.look.rawValue
        width = place.width
        isFigure = widget.look == .ratio || widget.look == .amount
        isResult = isTerm && widget == .oee
        sign = isTerm ? Self.sign(before: widget) : nil
        self.isWaiting = isWaiting
        self.failure = failure
        // Of the terms of an equation its result says it for all.
        let isSaid = !isTerm || widget == .oee
        unfiltered = isSaid ? view.map { widget.unfiltered(in: $0).map { localisation.text($0) } } ?? [] : []
        search = widget.isSearched ? view?.search : nil
        template = widget.template
        summary = content?.summary
        self.content = content
    }

    private static func sign(before term: WidgetKind) -> String? {
        if term == .availability { return nil }
        return term == .oee ? "=" : "×"
    }

    /// A tile whose data are not there yet.
    static func waiting(
        _ place: DashboardLayout.Place, isTerm: Bool, _ localisation: Localisation
    ) -> TileFrame {
        TileFrame(place, localisation, isWaiting: true, isTerm: isTerm)
    }

    /// A tile with the worker's answer; one that lacks it (nil) failed.
    static func drawn(
        _ place: DashboardLayout.Place, isTerm: Bool, _ reply: WidgetReply<WidgetData>?, _ context: TileContext
    ) -> TileFrame {
        switch reply ?? .failed(code: FaultCode.internal.rawValue) {
        case .loaded(let data):
            return TileFrame(
                place, context.localisation, content: context.content(data), view: context.view, isTerm: isTerm)
        case .failed(let code):
            let failure = TileFailure(code: code, context.faultTexts, context.localisation.language)
            return TileFrame(place, context.localisation, failure: failure, isTerm: isTerm)
        }
    }
}

/// How the tiles of a sort are laid out.
enum TileLook: String {
    case ratio = "kpi"
    case amount = "total"
    case chart
    case bars
    case list
    case feed
    case lines
}

extension WidgetKind {
    /// The name of its text: that of the form that arranges it.
    var nameKey: String { "admin.layouts.widget.\(rawValue)" }

    var look: TileLook {
        switch self {
        case .oee, .availability, .performance, .quality: .ratio
        case .totalProduction, .totalWeight, .weightEfficiency, .totalDowntime: .amount
        case .productionTimeChart, .oeeTrendChart, .entryOutputCompareChart, .scatterChart: .chart
        case .productDistributionChart, .areaDetectionChart, .downtimePareto, .lossWaterfall: .bars
        case .productRanking, .hourByHour, .downtimeTable, .metricsSummary: .list
        case .eventFeed: .feed
        case .lineStatusIndicator: .lines
        }
    }

    /// Whether of its table only the rows are left in which something is found.
    fileprivate var isSearched: Bool {
        look == .chart || look == .bars || self == .productRanking || self == .downtimeTable
    }

    /// What is said of figures that the chosen areas, products or threshold would change, and do not; and of those in
    /// which a unit may count more than once.
    fileprivate func unfiltered(in view: DashboardView) -> [TextKey] {
        func said(_ key: TextKey, _ isSaid: Bool) -> [TextKey] { isSaid ? [key] : [] }
        let areUnitsChosen = !view.units.isAll
        let areAreasChosen = !view.areas.isEmpty
        let added = said(.flagAreasAdded, view.areas.count > 1)
        return switch self {
        case .oee, .availability, .performance, .quality, .weightEfficiency, .oeeTrendChart, .hourByHour,
            .lossWaterfall, .eventFeed, .totalDowntime, .downtimeTable, .downtimePareto, .scatterChart:
            said(.flagFiltersIgnored, areUnitsChosen)
        case .lineStatusIndicator:
            said(.flagFiltersIgnored, areUnitsChosen)
                + said(.flagThresholdIgnored, view.thresholdSeconds != nil)
        case .metricsSummary:
            said(.flagTimesUnfiltered, areUnitsChosen) + said(.flagScrapOfAllAreas, areAreasChosen) + added
        case .totalProduction: said(.flagScrapOfAllAreas, areAreasChosen) + added
        // It needs both ends of a line.
        case .entryOutputCompareChart: said(.flagAreasIgnored, areAreasChosen)
        case .totalWeight, .productionTimeChart, .productDistributionChart, .productRanking: added
        case .areaDetectionChart: []
        }
    }

    fileprivate var template: String {
        switch self {
        case .oee, .availability, .performance, .quality: "tile_kpi"
        case .totalProduction, .totalWeight, .weightEfficiency, .totalDowntime: "tile_amount"
        case .productionTimeChart, .oeeTrendChart, .entryOutputCompareChart, .scatterChart: "tile_chart"
        case .productDistributionChart, .areaDetectionChart, .downtimePareto, .lossWaterfall: "tile_bars"
        case .productRanking: "tile_ranking"
        case .hourByHour: "tile_hours"
        case .downtimeTable: "tile_downtime"
        case .metricsSummary: "tile_summary"
        case .eventFeed: "tile_events"
        case .lineStatusIndicator: "tile_lines"
        }
    }
}
