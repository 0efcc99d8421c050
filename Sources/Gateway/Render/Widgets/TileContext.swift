import Foundation
import Shared

/// What all tiles of one answer are made with.
struct TileContext {
    let localisation: Localisation
    let faultTexts: FaultTexts
    /// The clock of the period's zone, or UTC where the lines lie in several.
    let clock: PlantClock
    /// What that clock is called.
    let zone: String
    let now: Date
    /// Makes the address of a page of the same view, after something in it was changed.
    let address: (SitePage, (inout DashboardView) -> Void) -> String
    /// Whether the figures are of more lines than one.
    let isMultiLine: Bool
    let compared: ComparedPeriod
    private let hasShift: Bool
    let view: DashboardView
    /// What rows of tables have to have in them.
    private let searched: SearchedText?
    private let base: String
    let assets: String
    private let lineCodes: [LineID: String]
    /// Those of another plant than the chosen shift's.
    private let linesOutsideShift: Set<LineID>

    /// A page that a tile leads to.
    enum SitePage {
        case dashboard
        case stops
    }

    init(
        _ reply: DashboardReply, _ asked: AskedTiles, site: PageSite, _ localisation: Localisation,
        _ faultTexts: FaultTexts, lineCodes: [LineID: String], linesOutsideShift: Set<LineID>
    ) {
        base = site.base
        assets = site.assets
        self.linesOutsideShift = linesOutsideShift
        self.lineCodes = lineCodes
        isMultiLine = reply.metadata?.isMultiLine ?? false
        view = asked.view
        searched = asked.view.search.map { SearchedText($0) }
        self.localisation = localisation
        compared = ComparedPeriod(asked.view, localisation)
        hasShift = asked.view.shift != nil
        self.faultTexts = faultTexts
        clock = PlantClock(reply.metadata?.period?.timezone, localisation)
        zone = reply.metadata?.period?.instants.map { [clock] in clock.zoneName(at: $0.from) } ?? "UTC"
        now = (reply.metadata?.now).flatMap(PlantClock.instant) ?? Date()
        address = { page, change in
            var view = asked.view
            change(&view)
            switch page {
            case .dashboard: return "\(site.base)/\(view.query)"
            case .stops: return "\(site.base)/downtimes\(StopsView(scope: view.scope).query)"
            }
        }
    }

    /// The rows that what is searched for is in, where something is.
    func found<Row>(in rows: [Row], _ cells: (Row) -> [String?]) -> [Row] {
        guard let searched else { return rows }
        return rows.filter { searched.isIn(cells($0)) }
    }

    /// What a table says that has rows, of which none was found; nil where nothing is searched for.
    var nothingFound: EmptyTile? {
        view.search.map { EmptyTile(icon: "search", text: localisation.text(.tileSearchNone, ["search": $0])) }
    }

    /// The address of a stop; nil where the page of stops may not have it, as it knows no threshold that is chosen here: only
    /// what is registered is there with any.
    func stop(line: Int64, start: Date, kind: String?, source: String?) -> String? {
        guard view.thresholdSeconds == nil || source == "registered" else { return nil }
        return StopOfWall(line: line, start: start).address(isMicro: kind == "micro", base: base)
    }

    /// The code of a line, or its number where it is none of those that are chosen from.
    func code(ofLine line: Int64) -> String {
        lineCodes[LineID(line)] ?? "\(line)"
    }

    /// What a stop's cause is called; nil where nobody has given one.
    func cause(incident: Int64?, failureName: String?, incidentName: String?, reason: String?) -> String? {
        guard let incident else { return reason }
        guard let incidentName else { return localisation.text(.downtimeIncident, ["n": "\(incident)"]) }
        return failureName.map { StopCauses.name(failure: $0, incident: incidentName) } ?? incidentName
    }

    /// What fills the tile of the data.
    func content(_ data: WidgetData) -> any TileContent {
        switch data {
        case .ratio(let data, let factor): KpiTile(data, factor, compared)
        case .totalProduction(let data): AmountTile(data, ofShift: hasShift, compared)
        case .totalWeight(let data): AmountTile(data, compared)
        case .weightEfficiency(let data): AmountTile(data, ofShift: hasShift, compared)
        case .totalDowntime(let data): AmountTile(data, compared)
        case .productionTimeChart(let data): ProductionTimeChartTile(data, self)
        case .productDistribution(let data): BarsTile(data, localisation)
        case .productRanking(let data): RankingTile(data, self)
        case .trend(let data): ChartTile(data, self)
        case .hours(let data): HoursTile(data, self)
        case .areas(let data): BarsTile(data, localisation)
        case .entryOutput(let data): ChartTile(data, localisation)
        case .scatter(let data): ChartTile(data, self)
        case .downtimeTable(let data): DowntimeTableTile(data, self)
        case .pareto(let data): BarsTile(data, localisation)
        case .waterfall(let data): BarsTile(data, localisation)
        case .summary(let data): SummaryTile(data, self)
        case .events(let data): EventsTile(data, self)
        case .lineStatus(let data):
            LineStatusTile(data, address: address(ofLine:), localisation)
        }
    }

    /// The same view of one line, without a shift that is not its own: such an address would be refused.
    private func address(ofLine line: LineID) -> String {
        address(.dashboard) { view in
            view.choose(line)
            if linesOutsideShift.contains(line) { view.shift = nil }
        }
    }
}
