import HTTPTypes
import Shared

/// GET /dashboard/explanation: what the figure of a tile is made of, as a fragment of HTML.
struct ShowExplanation: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/dashboard/explanation", "What a figure of the dashboard is made of", .unlisted("A part of a page."),
            record: .query,
            .page(roles: .everyRole) { context in
                let asked = try await AskedExplanation(services, context)
                let explanation = try await asked.explanation(services, context)
                let site = context.open.site(services, user: context.principal.language)
                return .page(services.pages.explanation(explanation, site: site))
            })
    }
}
