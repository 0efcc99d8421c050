import PostgresClient
import Shared

/// Arranges the dashboard of a role anew.
enum UpdateLayout {
    static func statement(_ body: LayoutBody) -> Statement {
        let places = body.layout.places
        return Statement(
            "UpdateLayout",
            """
            UPDATE dashboard_template SET widgets = \(places.map { $0.widget.rawValue as String? }),
                tabs = \(places.map { $0.tab.rawValue as String? }),
                widths = \(places.map { Int32($0.width) as Int32? }),
                filters = \(body.layout.filters.map { $0.rawValue as String? }), updated_at = now()
            WHERE role = \(body.role.rawValue)
            """
        )
    }
}
