import Shared

/// The filters of areas and products as their template sees them: any number of each may be chosen.
struct DashboardUnitsModel {
    struct Option {
        let value: String
        let name: String
        /// Of an area.
        let line: String?
        let color: String?
        let isChosen: Bool
        /// Whether its line is another than the one that is chosen.
        let isElsewhere: Bool
    }

    /// So many are looked through by reading them.
    private static let fewProducts = 10

    let hasAreas: Bool
    let hidesAreas: Bool
    let areas: [Option]
    let areasSaid: String
    let hasProducts: Bool
    let areManyProducts: Bool
    let products: [Option]
    let productsSaid: String

    init(_ dashboard: DashboardPage, _ localisation: Localisation) {
        let view = dashboard.view
        let line = view.lines.single
        // Those that are not in use any more come last.
        let ordered = dashboard.areas.filter(\.isActive) + dashboard.areas.filter { !$0.isActive }
        let areas = ordered.map { area in
            Option(
                value: "\(area.id)", name: area.name, line: "\(area.line)", color: nil,
                isChosen: view.areas.contains(area.id), isElsewhere: area.line != line)
        }
        self.areas = areas
        hasAreas = (dashboard.filters.contains(.area) && !areas.isEmpty) || !view.areas.isEmpty
        hidesAreas = areas.allSatisfy(\.isElsewhere)
        areasSaid = Self.said(areas, none: .filterAreaAll, several: .filterAreasChosen, localisation)
        let products = (dashboard.products.filter(\.isActive) + dashboard.products.filter { !$0.isActive }).map {
            product in
            Option(
                value: "\(product.id)",
                name: product.name == product.code ? product.code : "\(product.name) · \(product.code)",
                line: nil, color: ProductColor.safe(product.color), isChosen: view.products.contains(product.id),
                isElsewhere: false)
        }
        self.products = products
        hasProducts = (dashboard.filters.contains(.product) && !products.isEmpty) || !view.products.isEmpty
        areManyProducts = products.count > Self.fewProducts
        productsSaid = Self.said(products, none: .filterProductAll, several: .filterProductsChosen, localisation)
    }

    private static func said(
        _ options: [Option], none: TextKey, several: TextKey, _ localisation: Localisation
    ) -> String {
        let chosen = options.filter(\.isChosen)
        guard let first = chosen.first else { return localisation.text(none) }
        return chosen.count == 1 ? first.name : localisation.text(several, ["n": "\(chosen.count)"])
    }
}

/// The filters that are seldom changed, as their template sees them.
struct DashboardMoreModel {
    let hasSearch: Bool
    let search: String?
    let longestSearch: Int
    let hasThreshold: Bool
    let threshold: String?
    let leastThreshold: Int64
    let mostThreshold: Int64
    let hasCurves: Bool
    let curves: [DashboardModel.Option]
    let hasDowntime: Bool
    let hidesDowntime: Bool
    let hasPeaks: Bool
    let highlightsPeaks: Bool

    /// Nil where there is none.
    init?(_ dashboard: DashboardPage, _ localisation: Localisation) {
        let (view, filters) = (dashboard.view, dashboard.filters)
        hasSearch = filters.contains(.search) || view.search != nil
        search = view.search
        longestSearch = SearchFilter.longest
        hasThreshold = filters.contains(.downtimeThreshold) || view.thresholdSeconds != nil
        threshold = view.thresholdSeconds.map { "\($0)" }
        leastThreshold = DowntimeThresholdFilter.range.lowerBound
        mostThreshold = DowntimeThresholdFilter.range.upperBound
        hasCurves = filters.contains(.curveType) || view.curve != nil
        curves = CurveType.allCases.map { curve in
            DashboardModel.Option(
                value: curve.rawValue, name: localisation.text(curve.textKey), plant: nil, maximumDays: nil,
                isCurrent: curve == view.curve)
        }
        hasDowntime = filters.contains(.showDowntime) || !view.showsDowntime
        hidesDowntime = !view.showsDowntime
        hasPeaks = filters.contains(.highlightPeaks) || view.highlightsPeaks
        highlightsPeaks = view.highlightsPeaks
        guard hasSearch || hasThreshold || hasCurves || hasDowntime || hasPeaks else { return nil }
    }
}

extension CurveType {
    var textKey: TextKey {
        switch self {
        case .smooth: .filterCurveSmooth
        case .linear: .filterCurveLinear
        case .stepped: .filterCurveStepped
        case .stacked: .filterCurveStacked
        }
    }
}
