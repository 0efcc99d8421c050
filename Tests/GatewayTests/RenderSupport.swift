import Foundation
import Shared
import Testing

@testable import Gateway

/// What the tests of pages share: one renderer, answers of a worker, and the recorded pages.
enum RenderSupport {
    static let renderer = Result { try PageRenderer() }

    static func site(_ language: LanguageCode, theme: Theme = .system) -> PageSite {
        PageSite(base: "/base", assets: "/base/static/h", language: language, theme: theme)
    }

    /// The worker's answer with these tiles; each is the text of its object.
    static func answer(_ widgets: [WidgetKind: String], timezone: String? = "America/Argentina/Buenos_Aires") -> Data {
        let tiles = widgets.map { #""\#($0.key.rawValue)": \#($0.value)"# }.joined(separator: ",")
        let zone = timezone.map { #""\#($0)""# } ?? "null"
        let from = timezone == nil ? "null" : #""2026-03-04T03:00:00Z""#
        let to = timezone == nil ? "null" : #""2026-03-05T03:00:00Z""#
        return Data(
            #"""
            {"widgets": {\#(tiles)}, "metadata": {"period": {"from": \#(from), "to": \#(to), "timezone": \#(zone)},
             "interval": "hour", "lines_queried": [1, 2], "is_multi_line": true, "total_detections": 7644}}
            """#.utf8
        )
    }

    static func tiles(
        _ widgets: [WidgetKind: String],
        _ tab: DashboardView.Tab,
        _ language: LanguageCode = .spanish,
        layout: DashboardLayout = .standard(for: .manager),
        role: Role = .manager,
        asked: Set<WidgetKind>? = nil,
        timezone: String? = "America/Argentina/Buenos_Aires",
        linesOutsideShift: Set<LineID> = [],
        change: (inout DashboardView) -> Void = { _ in }
    ) throws -> String {
        var view = DashboardView(period: .yesterday, tab: tab)
        view.plant = PlantID(3)
        change(&view)
        return try renderer.get().dashboardTiles(
            json: answer(widgets, timezone: timezone),
            view: view,
            layout: layout,
            role: role,
            widgets: asked,
            lineCodes: [LineID(1): "L1", LineID(2): "<L2>"],
            linesOutsideShift: linesOutsideShift,
            site: site(language)
        )
    }

    /// The data a chart is drawn from.
    static func chart(_ widget: String, in html: String) throws -> [String: Any] {
        let start = try #require(html.firstRange(of: #"<template id="tile-\#(widget)-data">"#)).upperBound
        let end = try #require(html[start...].firstRange(of: "</template>")).lowerBound
        return try #require(try JSONSerialization.jsonObject(with: Data(html[start..<end].utf8)) as? [String: Any])
    }

    /// The columns of a chart's table.
    static func columns(_ widget: String, in html: String) throws -> [[String: Any]] {
        try #require(try chart(widget, in: html)["columns"] as? [[String: Any]])
    }

    /// The element with an id, from its opening tag to the next blank-line-free end of its section or article.
    static func element(_ id: String, in html: String) throws -> String {
        let lines = html.split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
        let start = try #require(lines.firstIndex { $0.contains(#"id="\#(id)""#) })
        let tag = lines[start].hasPrefix("<article") ? "</article>" : "</section>"
        let end = try #require(lines[start...].firstIndex { $0.contains(tag) })
        return lines[start...end].joined(separator: "\n") + "\n"
    }

    /// Compares with `RenderGolden/<name>.html`; CAMET_RECORD_GOLDEN=1 writes it instead, to be looked at and committed.
    static func expectGolden(_ html: String, _ name: String, _ location: SourceLocation = #_sourceLocation) throws {
        let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("RenderGolden/\(name).html")
        if ProcessInfo.processInfo.environment["CAMET_RECORD_GOLDEN"] == "1" {
            try html.write(to: file, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: file, encoding: .utf8)
        #expect(html == golden, "\(name) is drawn differently", sourceLocation: location)
    }
}
