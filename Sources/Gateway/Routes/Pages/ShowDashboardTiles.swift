import HTTPTypes
import Shared

/// GET /dashboard/tiles: the tiles of the dashboard's tab, as a fragment of HTML.
struct ShowDashboardTiles: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/dashboard/tiles", "The dashboard's tiles", .unlisted("A part of a page."),
            record: .query,
            .page(roles: .everyRole) { context in
                try await show(context)
            })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        let asked = try await AskedDashboard(services, context, takesWidgets: true)
        let html = try services.pages.dashboardTiles(
            json: try await asked.tiles(services, context),
            view: asked.view,
            layout: asked.layout,
            role: asked.role,
            widgets: asked.widgets,
            shift: asked.period.shift,
            lineCodes: Dictionary(
                asked.choices.lines.map { (LineID($0.lineId), $0.lineCode) }, uniquingKeysWith: { first, _ in first }),
            linesOutsideShift: asked.choices.linesOutsideShift(of: asked.view),
            site: context.open.site(services, user: context.principal.language)
        )
        return .page(html)
    }
}
