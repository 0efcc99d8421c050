import HTTPTypes
import Shared

/// GET /: the dashboard's shell; its tiles follow.
struct ShowDashboard: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/", "The dashboard", .unlisted("A page."),
            .page(roles: .everyRole) { context in try await show(context) })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        async let units = UnitChoices(services, context)
        let asked = try await AskedDashboard(services, context)
        try await asked.validate(services, context)
        let bar = try await PersonBar(context, services, section: .dashboard)
        let site = context.open.site(services, user: context.principal.language)
        let html = try await services.pages.dashboardPage(
            DashboardPage(view: asked.view, bar: bar, choices: asked.choices, units: units, layout: asked.layout),
            site: site
        )
        return .page(html)
    }
}
