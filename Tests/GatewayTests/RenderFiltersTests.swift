import Foundation
import Shared
import Testing

@testable import Gateway

@Suite("Filters of the dashboard and what they do to its tiles")
struct RenderFiltersTests {
    private static func page(
        filters: Set<FilterKind> = Set(FilterKind.allCases), change: (inout DashboardView) -> Void = { _ in }
    ) -> DashboardPage {
        var view = DashboardView(period: .yesterday)
        change(&view)
        return DashboardPage(
            view: view,
            bar: PersonBar(tenantName: "Sur", userName: "Ana", role: .manager, csrfToken: "t"),
            plants: [.init(id: PlantID(1), name: "Pilar")],
            lines: [
                .init(id: LineID(7), plant: PlantID(1), code: "L7", name: "Horno"),
                .init(id: LineID(8), plant: PlantID(1), code: "L8", name: "L8"),
            ],
            shifts: [],
            areas: [
                .init(id: AreaID(3), line: LineID(8), name: "Vieja", isActive: false),
                .init(id: AreaID(1), line: LineID(7), name: "Entrada <1>"),
                .init(id: AreaID(2), line: LineID(8), name: "Salida"),
            ],
            products: [
                .init(id: ProductID(3), code: "V", name: "Viejo", isActive: false),
                .init(id: ProductID(4), code: "A&B", name: "A&B", color: "#336699"),
                .init(id: ProductID(5), code: "C", name: "Caja", color: "red"),
            ],
            filters: filters)
    }

    private static func drawn(_ page: DashboardPage, _ language: LanguageCode = .spanish) throws -> String {
        try RenderSupport.renderer.get().dashboardPage(page, site: RenderSupport.site(language))
    }

    /// The boxes of a filter: value, and whether it is chosen or cannot be.
    private static func boxes(_ name: String, in html: String) -> [String] {
        html.matches(of: /<input type="checkbox" name="(\w+)" value="(\w+)"( checked)?( disabled)?>/)
            .filter { $0.1 == name }.map { "\($0.2)\($0.3 ?? "")\($0.4 ?? "")" }
    }

    @Test("A page without anything chosen has every filter that the layout has, and no value")
    func standard() throws {
        let html = try Self.drawn(Self.page())
        #expect(Self.boxes("area_ids", in: html) == ["1 disabled", "2 disabled", "3 disabled"])
        #expect(html.contains(#"aria-labelledby="filter-areas" data-choices hidden>"#))
        // Those that are in use no more come last.
        #expect(Self.boxes("product_ids", in: html) == ["4", "5", "3"])
        #expect(html.contains(##"fill="#336699""##) && !html.contains(#"fill="red""#))
        #expect(html.contains("<span>A&amp;B</span>") && html.contains("<span>Caja · C</span>"))
        #expect(html.contains(#"<input type="search" name="search" value="" maxlength="200""#))
        #expect(html.contains(#"name="downtime_threshold" value="" min="1" max="86400" step="1""#))
        #expect(html.contains(#"id="threshold-fault" hidden>Un número entero, 1–86400</p>"#))
        #expect(
            Self.boxes("show_downtime", in: html) == ["false"] && Self.boxes("highlight_peaks", in: html) == ["true"])
        #expect(html.contains(#"<option value="">Automática</option><option value="smooth">Suave</option>"#))
        #expect(html.contains(#"<noscript><button class="button" type="submit">Aplicar</button></noscript>"#))
    }

    @Test("What the address says is what the form says", arguments: LanguageCode.allCases)
    func chosen(language: LanguageCode) throws {
        let page = Self.page { view in
            view.lines = .some([LineID(7)])
            view.areas = [AreaID(1)]
            view.products = [ProductID(4), ProductID(5)]
            view.thresholdSeconds = 90
            view.showsDowntime = false
            view.highlightsPeaks = true
            view.curve = .stepped
            view.search = #"a"b"#
        }
        let html = try Self.drawn(page, language)
        #expect(Self.boxes("area_ids", in: html) == ["1 checked", "2 disabled", "3 disabled"])
        #expect(html.contains(#"aria-labelledby="filter-areas" data-choices>"#))
        #expect(Self.boxes("product_ids", in: html) == ["4 checked", "5 checked", "3"])
        let said = html.matches(of: /data-said [^>]*>([^<]*)</).map { String($0.1) }
        #expect(said == ["Entrada &lt;1&gt;", language == .spanish ? "2 productos" : "2 products"])
        #expect(html.contains(#"name="search" value="a&quot;b""#))
        #expect(html.contains(#"name="downtime_threshold" value="90""#))
        #expect(Self.boxes("show_downtime", in: html) == ["false checked"])
        #expect(Self.boxes("highlight_peaks", in: html) == ["true checked"])
        #expect(html.contains(#"<option value="stepped" selected>"#))
    }

    @Test("A filter that the layout leaves out is not there, unless it has a value")
    func arranged() throws {
        let names = [
            "area_ids", "product_ids", "search", "downtime_threshold", "curve_type", "show_downtime", "highlight_peaks",
        ]
        func shown(_ page: DashboardPage) throws -> [String] {
            let html = try Self.drawn(page)
            return names.filter { html.contains(#" name="\#($0)""#) }
        }
        #expect(try shown(Self.page(filters: Set(FilterKind.allCases))) == names)
        #expect(try shown(Self.page(filters: [.dateRange])).isEmpty)
        #expect(try !Self.drawn(Self.page(filters: [.dateRange])).contains("filter-more"))
        #expect(try shown(Self.page(filters: [.dateRange, .product, .search])) == ["product_ids", "search"])
        #expect(try shown(Self.page(filters: [.dateRange]) { $0.thresholdSeconds = 9 }) == ["downtime_threshold"])
        #expect(Set(DashboardPage.offered) == Set(FilterKind.allCases))
    }

    private static let stops = #"""
        {"data": {"items": [
          {"line_id": 1, "line_code": "L1", "start": "2026-03-04T13:00:00Z", "end": "2026-03-04T13:25:00Z",
           "duration_seconds": 1500, "planned_seconds": 1500, "source": "calculated", "status": "closed", "kind": "stop",
           "incident_id": 4, "failure_name": "Mecánica", "incident_name": "Correa rota", "reason": null},
          {"line_id": 2, "line_code": "L2", "start": "2026-03-04T12:00:00Z", "end": null,
           "duration_seconds": 60, "planned_seconds": 60, "source": "registered", "status": "ongoing", "kind": "micro",
           "incident_id": null, "failure_name": null, "incident_name": null, "reason": null}],
          "more": 3, "count": 4, "micro_count": 1, "total_seconds": 1560, "planned_total_seconds": 1560}}
        """#

    private static func rows(_ search: String?, _ language: LanguageCode = .spanish) throws -> [String] {
        let html = try RenderSupport.tiles([.downtimeTable: stops], .oee, language) { $0.search = search }
        let tile = try RenderSupport.element("tile-DowntimeTable", in: html)
        return tile.matches(of: /<td role="cell" data-label="[^"]*">(L\d)<\/td>/).map { String($0.1) }
    }

    @Test("The stops are those with a cell that reads as what is searched for")
    func searchedStops() throws {
        #expect(try Self.rows(nil) == ["L1", "L2"])
        #expect(try Self.rows("MECANICA") == ["L1"])
        #expect(try Self.rows("correa") == ["L1"])
        #expect(try Self.rows("en curso") == ["L2"])
        #expect(try Self.rows("ongoing", .english) == ["L2"])
        #expect(try Self.rows("sin justificar") == ["L2"] && Self.rows("unjustified", .english) == ["L2"])
        #expect(try Self.rows("25 min") == ["L1"])
        #expect(try Self.rows("10:25") == ["L1"])
        #expect(try Self.rows("nada de eso").isEmpty)
    }

    @Test("A search says how much it found, and that it found nothing", arguments: LanguageCode.allCases)
    func searchIsTold(language: LanguageCode) throws {
        func tile(_ search: String?) throws -> String {
            let html = try RenderSupport.tiles([.downtimeTable: Self.stops], .oee, language) { $0.search = search }
            return try RenderSupport.element("tile-DowntimeTable", in: html)
        }
        let isSpanish = language == .spanish
        #expect(try tile("L1").contains(isSpanish ? "<span>1 coincidencia</span>" : "<span>1 match</span>"))
        #expect(try tile("L1").contains(isSpanish ? "3 paradas más que no se muestran" : "3 more stops are not shown"))
        #expect(try tile(nil).contains(isSpanish ? "3 paradas anteriores" : "3 older stops"))
        #expect(try tile("<x>").contains(isSpanish ? "Nada coincide con «&lt;x&gt;»." : "Nothing matches “&lt;x&gt;”."))
        #expect(try !tile("L1").contains(isSpanish ? "Nada coincide" : "Nothing matches"))
    }

    @Test("Products and events are looked through too, and charts name what their tables are looked through for")
    func searchedLists() throws {
        let products = #"""
            {"data": {"items": [
              {"rank": 1, "product_id": 1, "product_code": "A-1", "name": "Caja", "color": null, "units": 75, "share": 0.75,
               "weight_kg": 7.5, "weight_share": 1, "trend": null},
              {"rank": 2, "product_id": 2, "product_code": "B-2", "name": "Bolsa", "color": null, "units": 25, "share": 0.25,
               "weight_kg": 0, "weight_share": 0, "trend": null}], "total_units": 100, "total_weight_kg": 7.5}}
            """#
        let events = #"""
            {"data": {"items": [
              {"kind": "detection", "at": "2026-03-04T14:00:00Z", "line_id": 1, "line_code": "L1", "area_name": "Salida",
               "product_name": "Bolsa", "color": null},
              {"kind": "stop_started", "at": "2026-03-04T13:00:00Z", "line_id": 2, "line_code": "L2", "stop_kind": "stop",
               "duration_seconds": 60, "incident_id": null, "reason": null}]}}
            """#
        func found(_ search: String?) throws -> (products: [String], events: [String], chart: Bool) {
            let html = try RenderSupport.tiles(
                [.productRanking: products, .productDistributionChart: products, .eventFeed: events], .production
            ) { $0.search = search }
            let ranking = try RenderSupport.element("tile-ProductRanking", in: html)
            let feed = try RenderSupport.element("tile-EventFeed", in: html)
            return (
                ranking.matches(of: /<td class="number">(\d)<\/td><th scope="row">/).map { String($0.1) },
                feed.matches(of: /<strong>(L\d)<\/strong>/).map { String($0.1) },
                try ["ProductDistributionChart", "ProductRanking"].allSatisfy { widget in
                    try RenderSupport.element("tile-\(widget)", in: html).contains(#"data-search="bolsa""#)
                }
            )
        }
        #expect(try found(nil) == (["1", "2"], ["L1", "L2"], false))
        // It keeps its rank among all.
        #expect(try found("bolsa") == (["2"], ["L1"], true))
        #expect(try found("a-1").products == ["1"])
        #expect(try found("empieza").events == ["L2"])
    }

    private static let chart = #"""
        {"data": {"interval": "hour", "curve_type": "stepped", "timezone": "America/Argentina/Buenos_Aires",
          "buckets": [{"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z", "label": "2026-03-04 06:00"},
                      {"start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z", "label": "2026-03-04 07:00"}],
          "series": [], "total": [100, 1200], "peaks": [1], "stops": []}}
        """#
    @Test(
        "The curve and the peaks that were chosen are in what is drawn, and the peak is in words",
        arguments: LanguageCode.allCases)
    func curveAndPeaks(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.productionTimeChart: Self.chart], .production, language) { view in
            view.curve = .stepped
            view.highlightsPeaks = true
        }
        let drawing = try RenderSupport.chart("ProductionTimeChart", in: html)["drawing"] as? [String: Any]
        #expect(drawing?["curve"] as? String == "stepped" && drawing?["peaks"] as? [Int] == [1])
        let tile = try RenderSupport.element("tile-ProductionTimeChart", in: html)
        #expect(tile.contains(language == .spanish ? "<strong>1.200</strong> pico: " : "<strong>1,200</strong> peak: "))
        let plain = try RenderSupport.tiles(
            [.productionTimeChart: Self.chart.replacing(#""peaks": [1]"#, with: #""peaks": []"#)], .production, language
        )
        let standard = try RenderSupport.chart("ProductionTimeChart", in: plain)["drawing"] as? [String: Any]
        #expect(standard?["curve"] == nil && standard?["peaks"] == nil)
        #expect(try !RenderSupport.element("tile-ProductionTimeChart", in: plain).contains(#"class="totals""#))
    }

    @Test("A figure that products and areas do not change says so where some are chosen, the equation once")
    func unfiltered() throws {
        let ratio = #"""
            {"data": {"value": 0.8, "raw_value": 0.8, "reason": null, "planned_seconds": 100, "downtime_seconds": 0,
             "runtime_seconds": 100, "target": null, "flags": ["filters_ignored"], "trend": null, "spark": []}}
            """#
        let answers = Dictionary(
            uniqueKeysWithValues: [WidgetKind.availability, .performance, .quality, .oee].map { ($0, ratio) })
        func saying(_ change: (inout DashboardView) -> Void) throws -> [String] {
            let html = try RenderSupport.tiles(answers, .oee, change: change)
            return try ["KpiAvailability", "KpiOee"].filter { widget in
                try RenderSupport.element("tile-\(widget)", in: html).contains("Sin filtrar por producto ni área")
            }
        }
        #expect(try saying { _ in }.isEmpty)
        #expect(try saying { $0.products = [ProductID(1)] } == ["KpiOee"])
        #expect(try saying { $0.areas = [AreaID(1)] } == ["KpiOee"])
    }

    @Test("Each tile says which of its figures the chosen areas, products and threshold do not change")
    func unfilteredParts() throws {
        let downtime = #"""
            {"data": {"value": 1, "unit": "stops", "micro_stops": 0, "downtime_seconds": 60, "mttr_seconds": 60,
             "mtbf_seconds": 60, "flags": [], "trend": null, "spark": []}}
            """#
        let production = #"""
            {"data": {"value": 8, "unit": "units", "good": 8, "scrap": 2, "unplanned": 0, "weight_kg": 1, "trend": null,
             "spark": []}}
            """#
        let entry = #"""
            {"data": {"interval": "hour", "unit": "units", "line_ids": [1], "reason": null, "buckets": [], "input": [],
             "output": [], "difference": [], "totals": {"input": 10, "output": 8, "scrap": 2, "scrap_share": 0.2}}}
            """#
        let summary = #"""
            {"data": {"total_production": 8, "good": 8, "scrap": 2, "weight_kg": 1, "products": 1, "total_detections": 18,
             "planned_seconds": 60, "runtime_seconds": 60, "downtime_seconds": 0, "units_per_planned_hour": 8, "reason": null,
             "stops": 0, "micro_stops": 0, "mtbf_seconds": null, "mttr_seconds": null, "first_detection": null,
             "last_detection": null, "flags": []}}
            """#
        let state = #"{"data": {"now": "2026-03-04T15:00:00Z", "lines": []}}"#
        let answers: [WidgetKind: String] = [
            .totalDowntime: downtime, .totalProduction: production, .entryOutputCompareChart: entry,
            .metricsSummary: summary, .lineStatusIndicator: state,
        ]
        let all = "Sin filtrar por producto ni área"
        let notes = [
            all, "Sin filtrar por área:", "Las detecciones, los tiempos y las paradas no se filtran",
            "El descarte no se filtra por área:", "Con el umbral de parada propio de cada línea",
            "Una unidad cuenta en cada una de las áreas elegidas",
        ]
        func said(_ change: (inout DashboardView) -> Void) throws -> [WidgetKind: [String]] {
            var said: [WidgetKind: [String]] = [:]
            for tab in DashboardView.Tab.allCases {
                let html = try RenderSupport.tiles(answers, tab, change: change)
                for kind in answers.keys where html.contains(#"id="tile-\#(kind.rawValue)""#) {
                    let tile = try RenderSupport.element("tile-\(kind.rawValue)", in: html)
                    said[kind] = notes.filter { tile.contains($0) }
                }
            }
            return said
        }
        let none: [WidgetKind: [String]] = [
            .totalDowntime: [], .totalProduction: [], .entryOutputCompareChart: [], .metricsSummary: [],
            .lineStatusIndicator: [],
        ]
        #expect(try said { _ in } == none)
        #expect(
            try said { $0.products = [ProductID(1)] } == [
                .totalDowntime: [all], .totalProduction: [], .entryOutputCompareChart: [],
                .metricsSummary: [notes[2]], .lineStatusIndicator: [all],
            ])
        let ofAreas: [WidgetKind: [String]] = [
            .totalDowntime: [all], .totalProduction: [notes[3]], .entryOutputCompareChart: [notes[1]],
            .metricsSummary: [notes[2], notes[3]], .lineStatusIndicator: [all],
        ]
        #expect(try said { $0.areas = [AreaID(1)] } == ofAreas)
        let both = try said { view in
            view.areas = [AreaID(1)]
            view.products = [ProductID(1)]
        }
        #expect(both == ofAreas)
        let ofTwo = try said { $0.areas = [AreaID(1), AreaID(2)] }
        #expect(ofTwo[.totalProduction] == [notes[3], notes[5]])
        #expect(ofTwo[.metricsSummary] == [notes[2], notes[3], notes[5]])
        #expect(ofTwo[.totalDowntime] == [all] && ofTwo[.entryOutputCompareChart] == [notes[1]])
        #expect(try said { $0.thresholdSeconds = 60 } == none.merging([.lineStatusIndicator: [notes[4]]]) { $1 })
    }

    @Test("A line leads to itself without the areas of another")
    func lines() throws {
        let state = #"""
            {"data": {"now": "2026-03-04T15:00:00Z", "lines": [
              {"line_id": 1, "line_code": "L1", "line_name": "L1", "plant_name": "Pilar",
               "timezone": "America/Argentina/Buenos_Aires", "status": "running", "since": null, "last_detection": null,
               "idle": null, "threshold_seconds": 300, "registered": false}]}}
            """#
        func link(from line: Int64) throws -> Substring? {
            let html = try RenderSupport.tiles([.lineStatusIndicator: state], .production) { view in
                view.lines = .some([LineID(line)])
                view.areas = [AreaID(5)]
                view.search = "x"
            }
            return html.firstMatch(of: /class="line line-running" href="([^"]*)"/)?.1
        }
        #expect(try link(from: 2) == "/base/?period=yesterday&amp;plant_id=3&amp;line_id=1&amp;search=x")
        #expect(try link(from: 1) == "/base/?period=yesterday&amp;plant_id=3&amp;line_id=1&amp;area_ids=5&amp;search=x")
    }
}
