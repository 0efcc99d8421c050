import HTTPTypes
import IPC
import Shared

/// GET /api/v1/production.
struct ReadProductionRoute: Sendable {
    private struct Query: QueryParameters {
        let analysis: AnalysisQuery
        let interval: BucketSize
        let split: ProductionSplit

        init(_ fields: inout QueryFields) {
            analysis = fields.analysis()
            interval = fields.choice("interval", of: BucketSize.self) ?? .hour
            split = fields.choice("split_by", of: ProductionSplit.self) ?? .none
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/production", "Units per bucket of time",
            .operation(
                "readProduction", .figures, "Units that left the lines; split by area, the units each area saw.",
                query: Query.self, answers: .ok(.production)),
            record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(
                    ReadProduction(query: query.analysis, interval: query.interval, split: query.split), context)
            })
    }
}
