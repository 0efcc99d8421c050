import HTTPTypes
import Shared

/// GET /downtimes: the shell of the page of stops, with the panel that edits them; the board follows.
struct ShowStops: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/downtimes", "The page of stops", .unlisted("A page."),
            .page(roles: .everyRole) { context in try await show(context) })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        guard case .user(let user, _) = context.principal.kind else { throw Fault(code: .forbidden) }
        let asked = try await AskedStops(services, context)
        try await asked.validate(services, context)
        let (causes, latest) = try await asked.causes(services, context)
        let bar = try await PersonBar(context, services, section: .stops)
        let html = services.pages.stopsPage(
            StopsPage(
                view: asked.view,
                filters: DashboardPage(view: asked.view.scope, bar: bar, choices: asked.choices),
                lines: asked.lines,
                causes: causes,
                latest: latest,
                // Whoever else uses this browser has a box of his own for what was not sent.
                owner: "\(context.tenant).\(user)",
                now: services.clock()
            ),
            site: context.open.site(services, user: context.principal.language)
        )
        return .page(html)
    }
}
