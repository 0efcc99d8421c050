import Foundation
import Shared
import Testing

@testable import Gateway

/// Where tiles stand: in the order and width of the layout.
@Suite("The tiles of a layout")
struct RenderLayoutTests {
    private static func layout(_ places: [(WidgetKind, Int)], _ tab: DashboardLayout.TabName = .oee) -> DashboardLayout
    {
        DashboardLayout(
            places.map { .init(tab: tab, widget: $0.0, width: $0.1) }, filters: FilterKind.allCases)
    }

    /// The tiles of an answer in their order, with the class of their width.
    private static func order(_ html: String) -> [String] {
        html.matches(of: /class="tile [^"]*columns-(\d)" id="tile-(\w+)"/).map { "\($0.2) \($0.1)" }
    }

    @Test("Order and width are the layout's")
    func orderAndWidth() throws {
        let arranged = Self.layout([(.downtimeTable, 3), (.oee, 2), (.productRanking, 1)])
        let html = try RenderSupport.tiles([:], .oee, layout: arranged)
        #expect(Self.order(html) == ["DowntimeTable 3", "KpiOee 2", "ProductRanking 1"])
        #expect(!html.contains("tile-equation"))
    }

    @Test("The four terms are one equation where they stand as in the standard, and tiles of their own elsewhere")
    func equation() throws {
        let terms: [(WidgetKind, Int)] = [(.availability, 1), (.performance, 1), (.quality, 1), (.oee, 1)]
        func html(_ places: [(WidgetKind, Int)]) throws -> String {
            try RenderSupport.tiles([:], .oee, layout: Self.layout(places))
        }
        let standard = try html([(.scatterChart, 4)] + terms + [(.lossWaterfall, 2)])
        #expect(standard.contains(#"id="tile-equation""#) && standard.contains(#"class="sign""#))
        #expect(
            Self.order(standard) == [
                "ScatterChart 4", "KpiAvailability 1", "KpiPerformance 1", "KpiQuality 1", "KpiOee 1",
                "LossWaterfall 2",
            ])
        var wide = terms
        wide[3].1 = 2
        for other in [wide, Array(terms.reversed()), Array(terms.prefix(3))] {
            let html = try html(other)
            #expect(!html.contains("tile-equation") && !html.contains(#"class="sign""#))
            #expect(Self.order(html).count == other.count)
        }
    }

    @Test("Only the tiles asked for are drawn, an equation whole; the others wait in their places")
    func asked() throws {
        let html = try RenderSupport.tiles([:], .oee, asked: [.quality, .downtimeTable, .totalProduction])
        func waits(_ id: String) throws -> Bool {
            try RenderSupport.element(id, in: html).split(separator: "\n")[0].contains("data-waiting")
        }
        for kind in [WidgetKind.availability, .performance, .quality, .oee, .downtimeTable] {
            #expect(try !waits("tile-\(kind.rawValue)"), "\(kind)")
        }
        for kind in [WidgetKind.oeeTrendChart, .lossWaterfall, .downtimePareto, .scatterChart] {
            #expect(try waits("tile-\(kind.rawValue)"), "\(kind)")
        }
        // One of the other tab is left out.
        #expect(!html.contains("tile-KpiTotalProduction"))
    }

    @Test("Every tile of the standard is drawn", arguments: Role.allCases)
    func standard(role: Role) throws {
        for tab in DashboardView.Tab.allCases {
            let layout = DashboardLayout.standard(for: role)
            let html = try RenderSupport.tiles([:], tab, layout: layout, role: role)
            let places = try #require(layout.tabs.first { $0.name.rawValue == tab.rawValue }).widgets
            #expect(Self.order(html) == places.map { "\($0.widget.rawValue) \($0.width)" })
        }
    }

    @Test("An empty tab says what to do; only who may arranges it")
    func emptyTab() throws {
        let nothing = Self.layout([(.oee, 1)])
        let manager = try RenderSupport.tiles([:], .production, layout: nothing)
        #expect(manager.contains(#"href="/base/admin/layouts""#))
        let viewer = try RenderSupport.tiles([:], .production, layout: nothing, role: .viewer)
        #expect(viewer.contains("Pida a un responsable") && !viewer.contains("/admin/layouts"))
        #expect(try !RenderSupport.tiles([:], .oee, layout: nothing).contains("tiles-none"))
    }

    @Test("The page holds a place for every tile of both tabs before any has data")
    func shell() throws {
        let page = DashboardPage(
            view: DashboardView(period: .today),
            bar: PersonBar(tenantName: "T", userName: "U", role: .operator, csrfToken: "t"), plants: [], lines: [],
            shifts: [], layout: Self.layout([(.hourByHour, 2), (.eventFeed, 4)], .production))
        let html = try RenderSupport.renderer.get().dashboardPage(page, site: RenderSupport.site(.spanish))
        #expect(Self.order(html) == ["HourByHour 2", "EventFeed 4"])
        #expect(html.matches(of: /data-waiting/).count == 2)
        #expect(html.contains("tiles-none-oee") && !html.contains("tiles-none-produccion"))
    }

    @Test("Names of tiles in an address are read; one that is none is told")
    func askedWidgets() throws {
        func read(_ query: String) throws -> Set<WidgetKind>? {
            let asked = AskedWidgets(QueryItems(query))
            return try asked.adding { asked.widgets }
        }
        #expect(try read("widget_ids=KpiOee,EventFeed") == [.oee, .eventFeed])
        #expect(try read("tab=oee") == nil)
        #expect(try read("widget_ids=") == nil)
        for wrong in ["widget_ids=KpiOee,Nothing", "widget_ids=KpiOee,", "widget_ids=KpiOee&widget_ids=EventFeed"] {
            #expect {
                try read(wrong)
            } throws: { error in
                (error as? Fault)?.parameters.map(\.parameter) == ["widget_ids"]
            }
        }
    }
}
