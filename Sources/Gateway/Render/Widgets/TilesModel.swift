import Shared

/// All tiles of one tab, as their template sees them.
struct TilesModel {
    struct Term {
        let sign: String?
        let isResult: Bool
        let tile: Tile<KpiTile>
    }

    let t: TextTree
    let assets: String
    let base: String
    let lang: String
    let period: String?
    let zone: String?
    let detections: String?
    let tab: String
    let equation: [Term]
    let hasEquation: Bool
    let totalProduction: Tile<TotalProductionTile>?
    let chart: Tile<ProductionTimeChartTile>?
    let downtime: Tile<DowntimeTableTile>?
    let downtimeZone: String
    let lines: Tile<LineStatusTile>?

    init(_ reply: DashboardReply, tab: DashboardView.Tab, site: PageSite, context: TileContext) {
        let localisation = context.localisation
        t = localisation.tree
        assets = site.assets
        base = site.base
        lang = site.language.rawValue
        self.tab = tab.rawValue
        hasEquation = tab == .oee
        let clock = PlantClock(reply.metadata?.period?.timezone, localisation)
        let from = (reply.metadata?.period?.from).flatMap(PlantClock.instant)
        let to = (reply.metadata?.period?.to).flatMap(PlantClock.instant)
        if let from, let to {
            period = clock.period(from: from, to: to)
            zone = localisation.text(.pageZone, ["zone": clock.zoneName(at: from)])
        } else {
            period = nil
            zone = localisation.text(.pageZones)
        }
        downtimeZone = localisation.text(.downtimeZone, ["zone": from.map(clock.zoneName) ?? "UTC"])
        detections = reply.metadata?.totalDetections.map { count in
            localisation.count(count, one: .pageDetectionsOne, other: .pageDetectionsOther)
        }
        func term(
            _ kind: WidgetKind,
            _ title: TextKey,
            _ factor: KpiTile.Factor,
            _ reply: WidgetReply<KpiData>?,
            sign: String?
        ) -> Term {
            let tile = context.tile(kind, title, reply) { KpiTile($0, factor, localisation) }
            return Term(sign: sign, isResult: kind == .oee, tile: tile)
        }
        switch tab {
        case .production:
            equation = []
            downtime = nil
            lines = context.tile(.lineStatusIndicator, .lineTitle, reply.lineStatusIndicator) {
                LineStatusTile($0, address: context.lineAddress, localisation)
            }
            totalProduction = context.tile(.totalProduction, .productionTitle, reply.totalProduction) {
                TotalProductionTile($0, localisation)
            }
            chart = context.tile(.productionTimeChart, .chartTitle, reply.productionTimeChart) {
                ProductionTimeChartTile($0, localisation)
            }
        case .oee:
            lines = nil
            totalProduction = nil
            chart = nil
            equation = [
                term(.availability, .kpiAvailability, .availability, reply.availability, sign: nil),
                term(.performance, .kpiPerformance, .performance, reply.performance, sign: "×"),
                term(.quality, .kpiQuality, .quality, reply.quality, sign: "×"),
                term(.oee, .kpiOEE, .oee, reply.oee, sign: "="),
            ]
            downtime = context.tile(.downtimeTable, .downtimeTitle, reply.downtimeTable) {
                DowntimeTableTile($0, clock: clock, localisation)
            }
        }
    }
}
