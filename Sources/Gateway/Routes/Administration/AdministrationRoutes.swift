import HTTPTypes
import Shared

/// The pages of the administration: of each kind a list, forms, and what stands before a deletion; settings; audit log.
///
/// Each page is for whom the API lets do what the page is for: its roles are those of that row.
struct AdministrationRoutes: Sendable {
    /// Makes a row of a page.
    typealias Row = (
        HTTPRequest.Method, String, String, Set<Role>, @escaping @Sendable (TenantContext) async throws -> Response
    ) -> Route

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    /// - Parameter others: the rows of the API, by which the pages do everything.
    func routes(beside others: [Route]) -> [Route] {
        let api = AdministrationAPI(others, records: services.records)
        let pages = AdministrationPages(services: services, api: api)
        let index = page(.get, "/admin", "What can be looked after", SiteSection.administration.roles) { context in
            try await pages.index(context)
        }
        var routes = [index] + AdministrationKind.allCases.flatMap { self.routes(of: $0, pages) }
        routes += DevicesPage(pages).routes(page) + LayoutsPage(pages).routes(page)
        routes += SettingsPage(pages).routes(page) + AuditPage(pages).routes(page)
        return routes
    }

    private func routes(of kind: AdministrationKind, _ pages: AdministrationPages) -> [Route] {
        let roles = pages.api.roles(.post, kind.apiPath)
        let path = "/admin/\(kind.rawValue)"
        var routes = [
            page(.get, path, "Lists \(kind.rawValue)", roles) { try await pages.list(kind, $0) },
            page(.get, "\(path)/new", "An empty form", roles) { try await pages.form(kind, nil, $0) },
            page(.post, "\(path)/new", "Adds what a form says", roles) { try await pages.submit(kind, nil, $0) },
            page(.get, "\(path)/{id}", "One of \(kind.rawValue)", roles) { context in
                try await pages.form(kind, context.open.parameters[0], context)
            },
            page(.post, "\(path)/{id}", "Replaces it by what a form says", roles) { context in
                try await pages.submit(kind, context.open.parameters[0], context)
            },
            page(.get, "\(path)/{id}/delete", "What deleting it would do", roles) { context in
                try await pages.deletion(kind, context.open.parameters[0], context)
            },
            page(.post, "\(path)/{id}/delete", "Deletes it", roles) { context in
                try await pages.delete(kind, context.open.parameters[0], context)
            },
        ]
        if kind.masterData != nil {
            routes += [
                page(.post, "\(path)/new/check", "Judges a form", roles) { try await pages.check(kind, nil, $0) },
                page(.post, "\(path)/{id}/check", "Judges a form", roles) { context in
                    try await pages.check(kind, context.open.parameters[0], context)
                },
            ]
        }
        return routes
    }

    private func page(
        _ method: HTTPRequest.Method, _ path: String, _ summary: String, _ roles: Set<Role>,
        _ handler: @escaping @Sendable (TenantContext) async throws -> Response
    ) -> Route {
        Route(
            method, path, summary, .unlisted("A page of the administration."),
            bodyLimit: method == .post ? .standard : .none, .page(roles: roles, handler))
    }
}
