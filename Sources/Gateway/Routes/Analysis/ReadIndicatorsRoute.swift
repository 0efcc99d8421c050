import HTTPTypes
import IPC
import Shared

/// GET /api/v1/kpis.
struct ReadIndicatorsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/kpis", "Key figures of lines", record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let query = fields.analysis()
                let grouping = IndicatorGrouping(
                    interval: fields.choice("interval", of: IndicatorInterval.self),
                    group: fields.choice("group_by", of: IndicatorGroup.self)
                )
                let comparison = fields.optionalPeriod("compare_from", "compare_to")
                try fields.finish()
                return try await services.passOn(
                    ReadIndicators(query: query, grouping: grouping, comparison: comparison), context)
            })
    }
}
