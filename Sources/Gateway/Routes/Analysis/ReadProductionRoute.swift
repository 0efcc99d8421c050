import HTTPTypes
import IPC
import Shared

/// GET /api/v1/production.
struct ReadProductionRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/production", "Units per bucket of time", record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let query = fields.analysis()
                let interval = fields.choice("interval", of: BucketSize.self) ?? .hour
                let split = fields.choice("split_by", of: ProductionSplit.self) ?? .none
                try fields.finish()
                return try await services.passOn(
                    ReadProduction(query: query, interval: interval, split: split), context)
            })
    }
}
