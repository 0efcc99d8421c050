import Foundation
import HTTPTypes
import Shared

/// GET /andon: the wall of the lines, with the first page of it drawn.
struct ShowAndon: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/andon", "The wall of the lines", .unlisted("A page."), record: .query,
            .page(roles: SiteSection.andon.roles, devices: [.andon]) { context in
                let view = try AndonView(for: context)
                var page = AndonPage(
                    view: view, lines: try await view.lines(services, context),
                    stopAddress: StopOfWall.addresses(for: context.request))
                if !view.screen.isFixed {
                    page.choices = view.screen.choices(try await DashboardChoices(services, context))
                    page.bar = try await PersonBar(context, services, section: .andon)
                }
                return .page(services.pages.andonPage(page, site: context.site(services).shown(on: view.screen)))
            })
    }
}

/// GET /andon/data: what the wall shows, as its script takes it.
struct ReadAndonData: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/andon/data", "What the wall shows", .unlisted("A part of a page."),
            .page(roles: SiteSection.andon.roles, devices: [.andon]) { context in
                let view = try AndonView(for: context)
                let site = context.site(services).shown(on: view.screen)
                let page = AndonPage(
                    view: view, lines: try await view.lines(services, context),
                    stopAddress: StopOfWall.addresses(for: context.request))
                let json = page.json(site: site, services.pages.localisations[site.language])
                return .refreshed(json.bytes, type: "application/json", for: context.request)
            })
    }
}
