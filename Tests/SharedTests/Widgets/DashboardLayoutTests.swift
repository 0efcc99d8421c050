import Shared
import Testing

@Suite("Standard layouts")
struct DashboardLayoutTests {
    @Test("two tabs of tiles that fit the grid, none twice in a tab", arguments: Role.allCases)
    func tabs(role: Role) {
        let layout = DashboardLayout.standard(for: role)
        #expect(layout.tabs.map(\.name.rawValue) == ["produccion", "oee"])
        #expect(layout.filters == FilterKind.allCases)
        for tab in layout.tabs {
            #expect(Set(tab.widgets.map(\.widget)).count == tab.widgets.count)
            #expect(tab.widgets.allSatisfy { (1...DashboardLayout.columns).contains($0.width) })
        }
    }

    @Test("whoever manages sees every tile somewhere")
    func everyTile() {
        let seen = DashboardLayout.standard(for: .manager).tabs.flatMap { $0.widgets.map(\.widget) }
        #expect(Set(seen) == Set(WidgetKind.allCases))
    }

    @Test("whoever works at a line sees its state first")
    func stateFirst() {
        #expect(DashboardLayout.standard(for: .operator).tabs[0].widgets[0].widget == .lineStatusIndicator)
    }
}
