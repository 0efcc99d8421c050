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
    private static let downtime = #"""
        {"data": {"items": [
           {"event_id": null, "line_id": 1, "line_code": "L1", "start": "2026-03-04T13:00:00Z", "end": null,
            "duration_seconds": 1500, "planned_seconds": 1500, "source": "calculated", "status": "ongoing",
            "kind": "stop", "incident_id": null, "reason": null},
           {"event_id": "8", "line_id": 2, "line_code": "<L2>", "start": "2026-03-04T04:00:00.5Z",
            "end": "2026-03-04T04:02:00Z", "duration_seconds": 119.5, "planned_seconds": 0, "source": "registered",
            "status": "closed", "kind": "micro", "incident_id": 4, "reason": "Cinta & motor"}],
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

    @Test(arguments: LanguageCode.allCases)
    func totalProduction(language: LanguageCode) throws {
        let html = try RenderSupport.tiles([.totalProduction: Self.production], .production, language)
        let tile = try RenderSupport.element("tile-KpiTotalProduction", in: html)
        try RenderSupport.expectGolden(tile, "KpiTotalProduction.\(language.rawValue)")
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
        let match = try #require(html.firstMatch(of: /<template id="production-data">(.*?)<\/template>/))
        let object = try JSONSerialization.jsonObject(with: Data(match.1.utf8)) as? [String: Any]
        let series = try #require(object?["series"] as? [[String: Any]])
        #expect(series.map { $0["name"] as? String } == ["</template><script>x</script>&", "B"])
        #expect(series.map { $0["color"] as? String } == ["#2f6fed", nil])
        let stops = try #require(object?["stops"] as? [[String: Any]])
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
        #expect(tile.contains(#"href="/base/?plant_id=3&amp;line_id=1""#))
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
                    role: .viewer,
                    site: RenderSupport.site(.spanish)
                )
            }
        }
        _ = try renderer.dashboardTiles(
            json: Data(#"{"widgets": {}}"#.utf8),
            view: view,
            role: .viewer,
            site: RenderSupport.site(.spanish)
        )
    }
}
