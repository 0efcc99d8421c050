import HTTPTypes
import IPC
import Shared

/// GET /api/v1/kpis.
struct ReadIndicatorsRoute: Sendable {
    private struct Query: QueryParameters {
        let analysis: AnalysisQuery
        let grouping: IndicatorGrouping
        let comparison: PeriodRequest?

        init(_ fields: inout QueryFields) {
            analysis = fields.analysis()
            grouping = IndicatorGrouping(
                interval: fields.choice("interval", of: IndicatorInterval.self),
                group: fields.choice("group_by", of: IndicatorGroup.self)
            )
            comparison = fields.optionalPeriod("compare_from", "compare_to")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/kpis", "Key figures of lines",
            .operation(
                "readKpis", .figures,
                """
                Of each line and of all together; with `interval` or `group_by` a row for each stretch and group that has \
                anything. `compare_from` and `compare_to` add the same of another period, and the differences.
                """,
                query: Query.self, answers: .ok(.either([.kpis, .groupedKpis]))),
            record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(
                    ReadIndicators(query: query.analysis, grouping: query.grouping, comparison: query.comparison),
                    context)
            })
    }
}
