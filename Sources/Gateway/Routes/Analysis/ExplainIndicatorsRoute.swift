import HTTPTypes
import IPC
import Shared

/// GET /api/v1/explain/kpis.
struct ExplainIndicatorsRoute: Sendable {
    private struct Query: QueryParameters {
        let analysis: AnalysisQuery

        init(_ fields: inout QueryFields) {
            analysis = fields.analysis()
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/explain/kpis", "What the key figures of lines are made of",
            .operation(
                "explainKpis", .figures,
                "All that the figures of GET /kpis for the same question can be computed from by hand.",
                query: Query.self, answers: .ok(.explanation)),
            record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(ExplainIndicators(query: query.analysis), context)
            })
    }
}
