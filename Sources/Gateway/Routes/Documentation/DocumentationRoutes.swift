import HTTPTypes
import Shared

/// GET /api/v1/openapi.json and GET /api/docs: what is served, from the table it is served by.
struct DocumentationRoutes: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    /// Its own rows, which document all others and themselves.
    func routes(beside others: [Route]) -> [Route] {
        // The rows of an empty document stand for those of the whole one, which cannot be known before it.
        routes(of: OpenAPIDocument(others + routes(of: OpenAPIDocument([]))))
    }

    private func routes(of document: OpenAPIDocument) -> [Route] {
        [
            Route(
                .get, "/api/v1/openapi.json", "This document",
                .operation("readDocument", .service, "In OpenAPI 3.1.", answers: .object(.map(.any))),
                .tenant(roles: .everyRole, scopes: Set(KeyScope.allCases)) { context in
                    .object(document.bytes, tag: document.entityTag, for: context.request)
                }),
            Route(
                .get, "/api/docs", "The documentation of the API", .unlisted("A page."),
                .page(roles: .everyRole) { context in
                    let site = context.open.site(services, user: context.principal.language)
                    return .page(services.pages.documentationPage(document, site: site))
                }),
        ]
    }
}
