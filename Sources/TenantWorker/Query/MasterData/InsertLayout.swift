import PostgresClient
import Shared

/// Arranges the dashboard of a role that had the standard arrangement.
enum InsertLayout {
    static func statement(_ body: LayoutBody) -> Statement {
        let places = body.layout.places
        return Statement(
            "InsertLayout",
            """
            INSERT INTO dashboard_template (role, widgets, tabs, widths, filters)
            VALUES (\(body.role.rawValue), \(places.map { $0.widget.rawValue as String? }),
                \(places.map { $0.tab.rawValue as String? }), \(places.map { Int32($0.width) as Int32? }),
                \(body.layout.filters.map { $0.rawValue as String? }))
            """
        )
    }
}
