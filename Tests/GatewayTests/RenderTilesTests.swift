import Foundation
import Shared
import Testing

@testable import Gateway

@Suite("Tiles of the dashboard")
struct RenderTilesTests {
    private static let full = #"""
        {"data": {"value": 0.8854166667, "raw_value": 0.8854166667, "reason": null, "planned_seconds": 28800,
         "downtime_seconds": 3300, "runtime_seconds": 25500, "target": 0.85, "flags": ["continuous_schedule"],
         "trend": {"direction": "down", "previous": 0.9174, "difference": -0.0319833333, "good": false},
         "spark": [0.5, null, 0.75, 1]}}
        """#
    private static let clamped = #"""
        {"data": {"value": 1, "raw_value": 1.0431, "reason": null, "planned_seconds": 28800, "downtime_seconds": 0,
         "runtime_seconds": 28800, "target": 0.95, "flags": ["performance_over_one"],
         "trend": {"direction": "up", "previous": 0.98, "difference": 0.02, "good": true}, "spark": []}}
        """#
    private static let unknown = #"""
        {"data": {"value": null, "raw_value": null, "reason": "quality_not_measured", "planned_seconds": 28800,
         "downtime_seconds": 3300, "runtime_seconds": 25500, "target": null, "flags": ["quality_not_measured"],
         "trend": null, "spark": [null, null]}}
        """#
    private static let stable = #"""
        {"data": {"value": 0.78, "raw_value": 0.78, "reason": null, "planned_seconds": 28800, "downtime_seconds": 3300,
         "runtime_seconds": 25500, "target": 0.85, "flags": [],
         "trend": {"direction": "stable", "previous": 0.78, "difference": 0.0, "good": null}, "spark": [0.7, 0.78]}}
        """#
    private static let equation: [WidgetKind: String] = [
        .availability: full, .performance: clamped, .quality: unknown, .oee: stable,
    ]
    private static let production = #"""
        {"data": {"value": 3744, "good": 3700, "scrap": 156, "unplanned": 44, "weight_kg": 93600.05,
         "trend": {"direction": "up", "previous": 3600, "difference": 144, "good": true}, "spark": [1, 2, 3]}}
        """#
    private static let chart = #"""
        {"data": {"interval": "hour", "timezone": "America/Argentina/Buenos_Aires",
         "buckets": [{"start": "2026-03-04T03:00:00Z", "end": "2026-03-04T04:00:00Z", "label": "2026-03-04 00:00"},
                     {"start": "2026-03-04T04:00:00Z", "end": "2026-03-04T05:00:00Z", "label": "2026-03-04 01:00"}],
         "series": [{"product_id": 1, "name": "</template><script>x</script>&", "color": "#2f6fed", "counts": [10, 20]},
                    {"product_id": 2, "name": "B", "color": "red;}", "counts": [1, 2]}],
         "total": [11, 22],
         "stops": [{"event_id": null, "start": "2026-03-04T02:30:00Z", "end": "2026-03-04T03:30:00Z", "kind": "stop",
                    "source": "calculated", "justified": false, "reason": null},
                   {"event_id": "7", "start": "2026-03-04T04:15:00Z", "end": null, "kind": "stop",
                    "source": "registered", "justified": true, "reason": "Moldes"}]}}
        """#
    static let downtime = #"""
        {"data": {"items": [
           {"event_id": null, "line_id": 1, "line_code": "L1", "start": "2026-03-04T13:00:00Z", "end": null,
            "duration_seconds": 1500, "planned_seconds": 1500, "source": "calculated", "status": "ongoing",
            "kind": "stop", "incident_id": null, "reason": null},
           {"event_id": "8", "line_id": 2, "line_code": "<L2>", "start": "2026-03-04T04:00:00.5Z",
            "end": "2026-03-04T04:02:00Z", "duration_seconds": 119.5, "planned_seconds": 0, "source": "registered",
            "status": "closed", "kind": "micro", "incident_id": 4, "failure_name": "Cinta & motor",
            "incident_name": "Fusible", "reason": "Se <b>quemó</b>"}],
         "more": 1, "count": 3, "micro_count": 1, "total_seconds": 7200, "planned_total_seconds": 3300}}
        """#
    private static let lines = #"""
        {"data": {"now": "2026-03-04T15:00:00Z", "lines": [
          {"line_id": 1, "line_code": "L1", "line_name": "Envasado", "plant_name": "Pilar",
           "timezone": "America/Argentina/Buenos_Aires", "status": "running", "since": "2026-03-04T13:00:00Z",
           "last_detection": "2026-03-04T14:59:18Z", "idle": null, "threshold_seconds": 300, "registered": false},
          {"line_id": 2, "line_code": "L2", "line_name": "L2", "plant_name": "Pilar",
           "timezone": "America/Argentina/Buenos_Aires", "status": "waiting", "since": "2026-03-04T14:58:00Z",
           "last_detection": "2026-03-04T14:58:00Z", "idle": null, "threshold_seconds": 300, "registered": false},
          {"line_id": 3, "line_code": "L3", "line_name": "Horno", "plant_name": "Madrid", "timezone": "Europe/Madrid",
           "status": "idle", "since": null, "last_detection": null,
           "idle": {"kind": "break", "name": "Comida", "until": "2026-03-04T15:30:00Z"}, "threshold_seconds": 300,
           "registered": false},
          {"line_id": 4, "line_code": "L4", "line_name": "Tapado", "plant_name": "Madrid", "timezone": "Europe/Madrid",
           "status": "stopped", "since": "2026-03-04T10:00:00Z", "last_detection": "2026-03-01T10:00:00Z", "idle": null,
           "threshold_seconds": 300, "registered": true},
          {"line_id": 5, "line_code": "L5", "line_name": "Etiquetas", "plant_name": "Madrid",
           "timezone": "Europe/Madrid", "status": "no_data", "since": null, "last_detection": null, "idle": null,
           "threshold_seconds": 300, "registered": false}]}}
        """#

    @Test(arguments: LanguageCode.allCases)
    func equationReadsAsOne(language: LanguageCode) throws {
        let html = try RenderSupport.tiles(Self.equation, .oee, language)
        for kind in [WidgetKind.availability, .performance, .quality, .oee] {
            let tile = try RenderSupport.element("tile-\(kind.rawValue)", in: html)
            try RenderSupport.expectGolden(tile, "\(kind.rawValue).\(language.rawValue)")
        }
        let places = try [WidgetKind.availability, .performance, .quality, .oee].map { kind in
            try #require(html.firstRange(of: "tile-\(kind.rawValue)")).lowerBound
        }
        #expect(places == places.sorted())
    }

    @Test("What a ratio would be without its limit is told where it is more than the ratio alone")
    func unlimited() throws {
        let quality = Self.clamped.replacing(#""value": 1,"#, with: #""value": 0.986,"#)
        func said(_ raw: String) throws -> Bool {
            let answer = quality.replacing("1.0431", with: raw)
            let html = try RenderSupport.tiles([.quality: answer], .oee, asked: [.quality])
            return try RenderSupport.element("tile-KpiQuality", in: html).contains("Sin recortar")
        }
        #expect(try !said("0.972"))
        #expect(try !said("0.986"))
        #expect(try said("1.02"))
    }

    @Test(arguments: LanguageCode.allCases)
    func totalProduction(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.totalProduction: Self.production], .production, language)
        let tile = try RenderSupport.element("tile-KpiTotalProduction", in: html)
        try RenderSupport.expectGolden(tile, "KpiTotalProduction.\(language.rawValue)")
    }

    @Test("With a shift chosen the total says what of it the shift made")
    func totalProductionOfAShift() throws {
        let tile = try RenderSupport.element(
            "tile-KpiTotalProduction",
            in: RenderSupport.tiles([.totalProduction: Self.production], .production) { $0.shift = ShiftID(4) })
        #expect(tile.contains("<dt>En el turno</dt><dd>3.700</dd>"))
        #expect(tile.contains("<dt>Fuera del turno</dt><dd>44</dd>"))
        #expect(tile.contains("no solo las del turno"))
        #expect(!tile.contains("Fuera de plan"))
        let all = try RenderSupport.element(
            "tile-KpiTotalProduction", in: RenderSupport.tiles([.totalProduction: Self.production], .production))
        #expect(all.contains("<dt>Fuera de plan</dt><dd>44</dd>"))
        #expect(!all.contains("turno"))
    }

    @Test(arguments: LanguageCode.allCases)
    func productionTimeChart(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.productionTimeChart: Self.chart], .production, language)
        let tile = try RenderSupport.element("tile-ProductionTimeChart", in: html)
        try RenderSupport.expectGolden(tile, "ProductionTimeChart.\(language.rawValue)")
    }

    @Test("Names cannot leave the chart's data, colours are only #rrggbb, stops are clipped to the axis")
    func chartDataAreInert() throws {
        let html = try RenderSupport.tiles([.productionTimeChart: Self.chart], .production)
        #expect(!html.contains("<script"))
        let columns = try RenderSupport.columns("ProductionTimeChart", in: html)
        #expect(
            columns.map { $0["name"] as? String } == ["Intervalo", "</template><script>x</script>&", "B", "Total"])
        #expect(columns.map { $0["color"] as? String } == [nil, "#2f6fed", nil, nil])
        let drawing = try RenderSupport.chart("ProductionTimeChart", in: html)["drawing"] as? [String: Any]
        let stops = try #require(drawing?["stops"] as? [[String: Any]])
        #expect(stops.map { $0["from"] as? Double } == [0, 1.25])
        #expect(stops.map { $0["to"] as? Double } == [0.5, 2])
        #expect(stops.map { $0["kind"] as? String } == ["calculated", "justified"])
    }

    @Test(arguments: LanguageCode.allCases)
    func downtimeTable(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.downtimeTable: Self.downtime], .oee, language)
        let tile = try RenderSupport.element("tile-DowntimeTable", in: html)
        try RenderSupport.expectGolden(tile, "DowntimeTable.\(language.rawValue)")
        #expect(tile.contains("&lt;L2&gt;"))
        #expect(!tile.contains("<L2>"))
    }

    @Test(arguments: LanguageCode.allCases)
    func lineStatus(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.lineStatusIndicator: Self.lines], .production, language)
        let tile = try RenderSupport.element("tile-LineStatusIndicator", in: html)
        try RenderSupport.expectGolden(tile, "LineStatusIndicator.\(language.rawValue)")
        // The way to one line keeps the rest of the view.
        #expect(tile.contains(#"href="/base/?period=yesterday&amp;plant_id=3&amp;line_id=1""#))
    }

    @Test("The way to a line of another plant than the chosen shift's drops the shift")
    func lineOfAnotherPlantThanTheShifts() throws {
        let html = try RenderSupport.tiles(
            [.lineStatusIndicator: Self.lines], .production, linesOutsideShift: [LineID(3)]
        ) { view in
            view.plant = nil
            view.shift = ShiftID(4)
        }
        let tile = try RenderSupport.element("tile-LineStatusIndicator", in: html)
        #expect(tile.contains(#"href="/base/?period=yesterday&amp;line_id=1&amp;shift_id=4""#))
        #expect(tile.contains(#"href="/base/?period=yesterday&amp;line_id=3""#))
    }

    @Test("Empty answers say what to do next")
    func emptyTiles() throws {
        let downtime = #"""
            {"data": {"items": [], "more": 0, "count": 0, "micro_count": 0, "total_seconds": 0,
             "planned_total_seconds": 0}}
            """#
        #expect(try RenderSupport.tiles([.downtimeTable: downtime], .oee).contains("Ninguna parada en este período."))
        let chart = #"""
            {"data": {"interval": "day", "timezone": null, "buckets": [], "series": [], "total": [], "stops": []}}
            """#
        let lines = #"{"data": {"now": "2026-03-04T15:00:00Z", "lines": []}}"#
        let html = try RenderSupport.tiles([.productionTimeChart: chart, .lineStatusIndicator: lines], .production)
        #expect(html.contains("No hay unidades en este período."))
        #expect(html.contains("Todavía no hay líneas."))
        #expect(!html.contains("data-chart"))
    }

    @Test("A failed, missing or unreadable tile shows its error and the others render")
    func failuresStayInTheirTile() throws {
        let html = try RenderSupport.tiles(
            [
                .availability: Self.full,
                .performance: #"{"error": {"code": "deadline_exceeded"}}"#,
                .quality: #"{"data": {"value": "much"}}"#,
                .oee: #"{"error": {"code": "no_such_code"}}"#,
            ],
            .oee,
            .english
        )
        let availability = try RenderSupport.element("tile-KpiAvailability", in: html)
        #expect(availability.contains("88.5"))
        #expect(!availability.contains("data-refresh"))
        let performance = try RenderSupport.element("tile-KpiPerformance", in: html)
        #expect(performance.contains("Out of time"))
        #expect(performance.contains("data-refresh"))
        #expect(try RenderSupport.element("tile-KpiQuality", in: html).contains("Internal error"))
        #expect(try RenderSupport.element("tile-KpiOee", in: html).contains("Internal error"))
        #expect(try RenderSupport.element("tile-DowntimeTable", in: html).contains("Internal error"))
    }

    @Test("A tile whose detections are archived says so, and offers no other try")
    func archivedDetailIsTold() throws {
        let archived = #"{"error": {"code": "archived_detail"}}"#
        let html = try RenderSupport.tiles(
            [.totalProduction: Self.production, .productionTimeChart: archived], .production, .english)
        let chart = try RenderSupport.element("tile-ProductionTimeChart", in: html)
        #expect(chart.contains("<strong>Archived detail.</strong>"))
        #expect(chart.contains("The single detections of that period are archived."))
        #expect(!chart.contains("data-refresh"))
        let total = try RenderSupport.element("tile-KpiTotalProduction", in: html)
        #expect(!total.contains("tile-failure"))
    }

    @Test("What was chosen to compare with is named where the plants' own periods differ")
    func comparisonOfSeveralZonesIsNamed() throws {
        let ranking = #"""
            {"data": {"unit": "units", "items": [{"product_id": 1, "product_code": "A", "name": "A", "color": null, "rank": 1,
               "units": 100, "share": 1, "weight_kg": 7.5, "weight_share": 1,
               "trend": {"direction": "up", "previous": 80, "difference": 20, "good": true}}],
             "total_units": 100, "total_weight_kg": 7.5}}
            """#
        func tiles(_ language: LanguageCode, _ change: (inout DashboardView) -> Void) throws -> (String, String) {
            let html = try RenderSupport.tiles(
                [.totalProduction: Self.production, .productRanking: ranking], .production, language, timezone: nil,
                change: change)
            return (
                try RenderSupport.element("tile-KpiTotalProduction", in: html),
                try RenderSupport.element("tile-ProductRanking", in: html)
            )
        }
        func dates(_ view: inout DashboardView) {
            view.comparison = .custom
            (view.comparedFrom, view.comparedTo) = ("2025-03-01", "2025-03-04")
        }
        let (before, rankedBefore) = try tiles(.spanish) { _ in }
        #expect(before.contains("3.600 en el período anterior"))
        #expect(rankedBefore.contains("Cambio frente al período anterior"))
        let (week, rankedByWeek) = try tiles(.spanish) { $0.comparison = .week }
        #expect(week.contains("frente a una semana antes (3.600)"))
        #expect(rankedByWeek.contains("Cambio frente a una semana antes"))
        #expect(try tiles(.english) { $0.comparison = .week }.0.contains("vs a week before (3,600)"))
        let (chosen, rankedByDates) = try tiles(.spanish, dates)
        #expect(chosen.contains("frente a 1–4 mar 2025 (3.600)"))
        #expect(rankedByDates.contains("Cambio frente a 1–4 mar 2025"))
        #expect(try tiles(.english, dates).0.contains("vs Mar 1–4, 2025 (3,600)"))
    }

    @Test("Several zones are named as such, one by its city")
    func zonesAreNamed() throws {
        #expect(try RenderSupport.tiles([:], .oee).contains("Hora de Buenos Aires (UTC−3)"))
        #expect(try RenderSupport.tiles([:], .oee).contains("<strong>4 mar 2026</strong>"))
        #expect(try RenderSupport.tiles([:], .oee, .english, timezone: nil).contains("Local time of each plant"))
    }

    @Test("What is no answer of a worker is refused")
    func garbageThrows() throws {
        let renderer = try RenderSupport.renderer.get()
        let view = DashboardView(period: .today)
        for text in ["", "[]", "{}", #"{"widgets": 1}"#] {
            #expect(throws: (any Error).self) {
                try renderer.dashboardTiles(
                    json: Data(text.utf8),
                    view: view,
                    layout: .standard(for: .manager),
                    role: .viewer,
                    site: RenderSupport.site(.spanish)
                )
            }
        }
        _ = try renderer.dashboardTiles(
            json: Data(#"{"widgets": {}}"#.utf8),
            view: view,
            layout: .standard(for: .manager),
            role: .viewer,
            site: RenderSupport.site(.spanish)
        )
    }
}
