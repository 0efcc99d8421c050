import HTTPTypes
import Shared

/// GET /downtimes/board: timeline, list, backlog and Pareto of the page of stops, as a fragment of HTML.
struct ShowStopsBoard: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/downtimes/board", "What the page of stops shows", .unlisted("A part of a page."),
            record: .query,
            .page(roles: .everyRole) { context in
                let asked = try await AskedStops(services, context)
                let board = try await asked.board(services, context)
                let site = context.open.site(services, user: context.principal.language)
                return .page(services.pages.stopsBoard(board, site: site))
            })
    }
}
