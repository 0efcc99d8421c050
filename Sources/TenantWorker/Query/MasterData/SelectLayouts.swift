import PostgresClient
import Shared

/// The dashboards that are arranged otherwise than the standard, by the numbers of their layouts.
enum SelectLayouts {
    static let statement = Statement(
        "SelectLayouts", "SELECT role, widgets, tabs, widths, filters FROM dashboard_template", idempotent: true)

    /// Tiles, tabs and filters that this program does not know are left out.
    static func read(_ rows: Rows) throws(PostgresError) -> [RoleLayout] {
        var layouts: [RoleLayout] = []
        for row in rows {
            guard let role = Role(rawValue: try row.value(0)) else { continue }
            let widgets = try row.value(1, as: [String].self)
            let tabs = try row.value(2, as: [String].self)
            let widths = try row.value(3, as: [Int64].self)
            let filters = try row.value(4, as: [String].self)
            let places = zip(zip(widgets, tabs), widths).compactMap { names, width in
                WidgetKind(rawValue: names.0).flatMap { widget in
                    DashboardLayout.TabName(rawValue: names.1).map { tab in
                        DashboardLayout.TabbedPlace(tab: tab, widget: widget, width: Int(width))
                    }
                }
            }
            layouts.append(
                RoleLayout(
                    role: role,
                    layout: DashboardLayout(places, filters: filters.compactMap(FilterKind.init(rawValue:)))
                )
            )
        }
        return layouts.sorted { $0.role.layoutID < $1.role.layoutID }
    }
}
