import Foundation
import Shared
import Testing

@testable import Gateway

/// Tiles of every sort, each with an answer of the worker's form.
@Suite("Amounts, charts, tables and lists of the dashboard")
struct RenderWidgetsTests {
    private static let trend = #"{"direction": "up", "previous": 80, "difference": 20, "good": true}"#
    private static let buckets = #"""
        [{"start": "2026-03-03T03:00:00Z", "end": "2026-03-04T03:00:00Z", "label": "2026-03-03"},
         {"start": "2026-03-04T03:00:00Z", "end": "2026-03-05T03:00:00Z", "label": "2026-03-04"}]
        """#
    private static let products = #"""
        {"data": {"unit": "units", "items": [
          {"rank": 1, "product_id": 1, "product_code": "A", "name": "<A> & B", "color": "#2f6fed", "units": 75,
           "share": 0.75, "weight_kg": 7.5, "weight_share": 1, "trend": \#(trend)},
          {"rank": 2, "product_id": 2, "product_code": "C", "name": null, "color": "red", "units": 25, "share": 0.25,
           "weight_kg": 0, "weight_share": 0, "trend": null}], "total_units": 100, "total_weight_kg": 7.5}}
        """#
    static let answers: [WidgetKind: String] = [
        .totalWeight: #"""
        {"data": {"value": 1234.5, "unit": "kg", "units": 100, "mean_weight_kg": 12.345, "products_without_weight": [2],
         "trend": \#(trend), "spark": [1, 2, 3]}}
        """#,
        .weightEfficiency: #"""
        {"data": {"value": 0.905, "unit": "ratio", "reason": null, "weight_kg": 1234.5, "flags": [],
         "trend": {"direction": "down", "previous": 0.95, "difference": -0.045, "good": false}, "spark": [0.9, 0.95]}}
        """#,
        .totalDowntime: #"""
        {"data": {"value": 3, "unit": "stops", "micro_stops": 2, "downtime_seconds": 3300, "downtime_minutes": 55,
         "stop_seconds": 3000, "planned_seconds": 28800, "mttr_seconds": 1000, "mtbf_seconds": null, "flags": [],
         "trend": {"direction": "up", "previous": 3000, "difference": 300, "good": false}, "stops_trend": null,
         "spark": [0, 3300]}}
        """#,
        .productDistributionChart: products,
        .productRanking: products,
        .oeeTrendChart: #"""
        {"data": {"interval": "day", "unit": "ratio", "target": 0.8, "buckets": [
          {"start": "2026-03-03T03:00:00Z", "end": "2026-03-04T03:00:00Z", "label": "2026-03-03", "availability": 0.9,
           "performance": 0.8, "quality": 1, "oee": 0.72, "reason": null, "planned_seconds": 28800,
           "downtime_seconds": 2880, "stops": 4, "total_production": 500, "target": 0.8},
          {"start": "2026-03-04T03:00:00Z", "end": "2026-03-05T03:00:00Z", "label": "2026-03-04", "availability": null,
           "performance": null, "quality": null, "oee": null, "reason": "no_planned_time", "planned_seconds": null,
           "downtime_seconds": null, "stops": null, "total_production": null, "target": null}]}}
        """#,
        .hourByHour: #"""
        {"data": {"date": "2026-03-04", "shift_id": null, "unit": "units", "hours": [
          {"start": "2026-03-04T09:00:00Z", "end": "2026-03-04T10:00:00Z", "label": "2026-03-04 06:00",
           "planned_seconds": 3600, "target": 1200, "target_kind": "target", "reason": null, "actual": 1100,
           "difference": -100, "largest_loss": {"kind": "stop", "line_id": 1, "line_code": "L1", "seconds": 300,
           "event_id": null, "start": "2026-03-04T09:10:00Z", "incident_id": null, "incident_name": null,
           "reason": "<Cinta>"}, "cumulative_target": 1200, "cumulative_actual": 1100, "cumulative_difference": -100}],
         "to_come": [{"start": "2026-03-04T10:00:00Z", "end": "2026-03-04T11:00:00Z", "label": "2026-03-04 07:00",
           "planned_seconds": 3600, "target": 1200, "target_kind": "target", "reason": null}]}}
        """#,
        .areaDetectionChart: #"""
        {"data": {"unit": "detections", "items": [
          {"area_id": 1, "name": "<Entrada>", "area_type": "input", "line_id": 1, "line_code": "L1", "detections": 60,
           "share": 0.6},
          {"area_id": 2, "name": "Salida", "area_type": "output", "line_id": 2, "line_code": "L2", "detections": 40,
           "share": 0.4}], "total_detections": 100}}
        """#,
        .entryOutputCompareChart: #"""
        {"data": {"interval": "day", "unit": "units", "line_ids": [1], "reason": null, "buckets": \#(buckets),
         "input": [60, 45], "output": [50, 50], "difference": [10, -5],
         "totals": {"input": 105, "output": 100, "scrap": 5, "scrap_share": 0.0476}}}
        """#,
        .scatterChart: #"""
        {"data": {"unit": "seconds", "line_id": [2, 9], "event_id": ["7", null],
         "start": ["2026-03-04T13:30:00Z", "2026-03-04T09:00:00.5Z"], "hour": [10.5, 6.0],
         "duration_seconds": [600, 45], "planned_seconds": [600, 45], "kind": ["stop", "micro"],
         "source": ["registered", "calculated"], "incident_id": [4, null], "failure_name": ["<Motor>", null],
         "incident_name": ["Fusible", null], "reason": [null, "Moldes"], "count": 3, "more": 1}}
        """#,
        .downtimePareto: #"""
        {"data": {"unit": "seconds", "downtime_seconds": 3600, "categories": [],
         "failures": [
          {"category": "breakdown", "failure_id": 1, "failure_code": "M", "failure_name": "<Motor>",
           "downtime_seconds": 2700, "stops": 2, "micro_stops": 0, "share": 0.75, "cumulative_share": 0.75},
          {"category": "other", "failure_id": null, "failure_code": null, "failure_name": null,
           "downtime_seconds": 900, "stops": 1, "micro_stops": 3, "share": 0.25, "cumulative_share": 1}],
         "incidents": [
          {"category": "breakdown", "failure_id": 1, "failure_code": "M", "failure_name": "<Motor>", "incident_id": 2,
           "incident_code": "F", "incident_name": "Fusible", "downtime_seconds": 2700, "stops": 2, "micro_stops": 0,
           "share": 0.75, "cumulative_share": 0.75},
          {"category": "other", "failure_id": null, "failure_code": null, "failure_name": null, "incident_id": null,
           "incident_code": null, "incident_name": null, "downtime_seconds": 900, "stops": 1, "micro_stops": 3,
           "share": 0.25, "cumulative_share": 1}]}}
        """#,
        .lossWaterfall: #"""
        {"data": {"unit": "hours", "steps": [
          {"key": "calendar", "kind": "total", "seconds": 86400, "hours": 24},
          {"key": "not_planned", "kind": "loss", "seconds": 57612, "hours": 16.0033333},
          {"key": "planned", "kind": "total", "seconds": 28788, "hours": 7.9966667},
          {"key": "stopped", "kind": "loss", "seconds": 3306, "hours": 0.9183333},
          {"key": "running", "kind": "total", "seconds": 25482, "hours": 7.0783333},
          {"key": "slower", "kind": "loss", "seconds": null, "hours": null},
          {"key": "ideal", "kind": "total", "seconds": null, "hours": null},
          {"key": "rejected", "kind": "loss", "seconds": null, "hours": null},
          {"key": "good", "kind": "total", "seconds": null, "hours": null}],
         "reason": "no_nominal_rate", "stopped_by_category": {}, "oee": null, "flags": []}}
        """#,
        .metricsSummary: #"""
        {"data": {"total_production": 3744, "good": 3700, "scrap": 156, "weight_kg": 93600.05, "products": 2,
         "total_detections": 7644, "planned_seconds": 28800, "runtime_seconds": 25500, "downtime_seconds": 3300,
         "units_per_planned_hour": 462.5, "reason": null, "stops": 3, "micro_stops": 1, "mtbf_seconds": 8500,
         "mttr_seconds": 1100, "first_detection": "2026-03-04T09:00:00Z", "last_detection": null, "flags": []}}
        """#,
        .eventFeed: #"""
        {"data": {"shows_detections": true, "items": [
          {"at": "2026-03-04T14:59:18.25Z", "line_id": 1, "line_code": "L1", "kind": "detection", "area_id": 2,
           "area_name": "Salida", "product_id": 1, "product_name": "<A>", "color": "#2f6fed"},
          {"at": "2026-03-04T13:40:00Z", "line_id": 2, "line_code": "L2", "kind": "stop_ended", "event_id": "7",
           "stop_kind": "stop", "source": "registered", "status": "closed", "duration_seconds": 600, "incident_id": 4,
           "reason": "Moldes"},
          {"at": "2026-03-03T13:30:00Z", "line_id": 2, "line_code": "L2", "kind": "stop_started", "event_id": null,
           "stop_kind": "micro", "source": "calculated", "status": "ongoing", "duration_seconds": 10,
           "incident_id": null, "reason": null}]}}
        """#,
    ]

    private static func tab(of widget: WidgetKind) -> DashboardView.Tab {
        DashboardLayout.standardPlace(of: widget).tab == .oee ? .oee : .production
    }

    private static func tile(_ widget: WidgetKind, _ language: LanguageCode, of answers: [WidgetKind: String] = answers)
        throws -> String
    {
        let html = try RenderSupport.tiles(answers, tab(of: widget), language, asked: [widget])
        return try RenderSupport.element("tile-\(widget.rawValue)", in: html)
    }

    @Test(arguments: Array(answers.keys), LanguageCode.allCases)
    func asRecorded(widget: WidgetKind, language: LanguageCode) throws {
        let tile = try Self.tile(widget, language)
        try RenderSupport.expectGolden(tile, "\(widget.rawValue).\(language.rawValue)")
        for name in ["<A>", "<Motor>", "<Cinta>", "<Entrada>", "<L2>", "red"] { #expect(!tile.contains("\"\(name)\"")) }
        #expect(!tile.contains("tile-failure"))
    }

    @Test("The weight that is compared is called that of the chosen shift, and is not told without a figure")
    func weightOfShift() throws {
        func tile(_ answer: String?, _ shift: ShiftID?) throws -> String {
            let answers = Self.answers.merging(answer.map { [.weightEfficiency: $0] } ?? [:]) { $1 }
            let tab = Self.tab(of: .weightEfficiency)
            let html = try RenderSupport.tiles(answers, tab, asked: [.weightEfficiency]) { $0.shift = shift }
            return try RenderSupport.element("tile-KpiWeightEfficiency", in: html)
        }
        #expect(try tile(nil, nil).contains("<dt>Peso producido</dt><dd>1.234,5"))
        #expect(try tile(nil, ShiftID(4)).contains("<dt>Peso en el turno</dt><dd>1.234,5"))
        let unknown = #"""
            {"data": {"value": null, "reason": "no_nominal_rate", "weight_kg": 0, "trend": null, "spark": []}}
            """#
        #expect(try tile(unknown, nil).contains("<dt>Peso producido</dt><dd>—</dd>"))
    }

    @Test("An answer that cannot be read is an error of its tile alone", arguments: Array(answers.keys))
    func unreadable(widget: WidgetKind) throws {
        let tile = try Self.tile(widget, .english, of: [widget: #"{"data": {"value": "much"}}"#])
        #expect(tile.contains("tile-failure") && tile.contains("data-refresh"))
    }

    @Test("The hours of a waterfall add up as they are read")
    func waterfallAddsUp() throws {
        let html = try RenderSupport.tiles(Self.answers, .oee, .english, asked: [.lossWaterfall])
        let hours = try RenderSupport.columns("LossWaterfall", in: html)[2]["texts"] as? [String]
        #expect(hours == ["24.00 h", "16.00 h", "8.00 h", "0.92 h", "7.08 h", "—", "—", "—", "—"])
    }

    @Test("A stop leads to itself, a bucket to its stops, in the view that is shown")
    func leads() throws {
        let oee = try RenderSupport.tiles(Self.answers, .oee, asked: [.scatterChart, .oeeTrendChart])
        let points = try RenderSupport.columns("ScatterChart", in: oee)
        #expect(points[0]["links"] as? [String] == ["/base/stop/2-tbdmu0", "/base/stop/9-tbdac0?state=micro"])
        #expect(points[1]["values"] as? [String] == ["<L2>", "9"])
        #expect(points[3]["values"] as? [String] == ["<Motor> · Fusible", "Moldes"])
        let buckets = try RenderSupport.columns("OeeTrendChart", in: oee)
        let links = try #require(buckets[0]["links"] as? [String])
        #expect(links[0] == "/base/downtimes?period=custom&from=2026-03-03&to=2026-03-03&plant_id=3")
    }

    @Test("With a threshold that the page of stops does not know only what is registered leads there")
    func leadsWithThreshold() throws {
        func links(_ threshold: Int?) throws -> [[String]] {
            func tiles(_ tab: DashboardView.Tab, _ widgets: Set<WidgetKind>) throws -> String {
                let answers = Self.answers.merging([.downtimeTable: RenderTilesTests.downtime]) { one, _ in one }
                return try RenderSupport.tiles(answers, tab, asked: widgets) { $0.thresholdSeconds = threshold }
            }
            let oee = try tiles(.oee, [.scatterChart, .downtimeTable])
            let points = try RenderSupport.columns("ScatterChart", in: oee)[0]["links"] as? [Any]
            let lists = [
                try RenderSupport.element("tile-DowntimeTable", in: oee),
                try RenderSupport.element("tile-EventFeed", in: try tiles(.production, [.eventFeed])),
            ]
            return [try #require(points).compactMap { $0 as? String }]
                + lists.map { $0.matches(of: /href="(\/base\/stop\/[^"]*)"/).map { String($0.1) } }
        }
        let all = try links(nil)
        #expect(all.map(\.count) == [2, 2, 2])
        #expect(try links(400) == [[all[0][0]], [all[1][1]], [all[2][0]]])
    }

    @Test("Every tile that has nothing to show says what to do, and draws nothing")
    func empty() throws {
        let nothing: [WidgetKind: String] = [
            .productDistributionChart: #"{"data": {"items": [], "total_units": 0, "total_weight_kg": 0}}"#,
            .productRanking: #"{"data": {"items": [], "total_units": 0, "total_weight_kg": 0}}"#,
            .oeeTrendChart: #"{"data": {"interval": "day", "buckets": [], "target": null}}"#,
            .hourByHour: #"{"data": {"date": null, "hours": [], "to_come": []}}"#,
            .areaDetectionChart: #"{"data": {"items": [], "total_detections": 0}}"#,
            .entryOutputCompareChart: #"""
            {"data": {"interval": "day", "line_ids": [], "buckets": [], "input": [], "output": [], "difference": [],
             "totals": {"input": 0, "output": 0, "scrap": 0, "scrap_share": null}}}
            """#,
            .scatterChart: #"""
            {"data": {"line_id": [], "start": [], "hour": [], "duration_seconds": [], "kind": [], "source": [],
             "incident_id": [], "failure_name": [], "incident_name": [], "reason": [], "count": 0, "more": 0}}
            """#,
            .downtimePareto: #"{"data": {"downtime_seconds": 0, "failures": [], "incidents": []}}"#,
            .lossWaterfall: #"{"data": {"steps": [], "reason": null, "oee": null}}"#,
            .eventFeed: #"{"data": {"shows_detections": false, "items": []}}"#,
        ]
        for widget in nothing.keys {
            let tile = try Self.tile(widget, .spanish, of: nothing)
            #expect(tile.contains(#"class="empty"#), "\(widget)")
            #expect(!tile.contains("data-chart") && !tile.contains("<table"), "\(widget)")
            let full = try Self.tile(widget, .spanish)
            #expect(!full.contains(#"class="empty"#), "\(widget)")
        }
    }
}
