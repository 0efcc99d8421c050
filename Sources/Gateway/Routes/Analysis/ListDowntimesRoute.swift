import HTTPTypes
import IPC
import Shared

/// GET /api/v1/downtimes.
struct ListDowntimesRoute: Sendable {
    private enum Kind: String, CaseIterable {
        case stop
        case micro
    }

    private struct Query: QueryParameters {
        let analysis: AnalysisQuery
        let justified: Bool?
        let kind: Kind?
        let minimumSeconds: Int64
        let limit: UInt16
        let cursor: NewestFirstCursor?

        init(_ fields: inout QueryFields) {
            analysis = fields.analysis()
            justified = fields.bool("justified")
            kind = fields.choice("kind", of: Kind.self)
            minimumSeconds = fields.integer("min_seconds", in: 0...Int64(UInt32.max)) ?? 0
            limit = fields.limit()
            cursor = fields.newestFirstCursor()
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/downtimes", "Stops of lines",
            .operation(
                "listStops", .stops,
                """
                The newest first. The totals are of the whole question, whatever the page: `total_seconds` of all stops \
                that the filters leave, `planned_total_seconds` of the downtime of the lines.
                """,
                query: Query.self, answers: .ok(.stopList)),
            record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(
                    ListDowntimes(
                        query: query.analysis,
                        justified: query.justified,
                        micro: query.kind.map { $0 == .micro },
                        minimumSeconds: UInt32(query.minimumSeconds),
                        limit: query.limit,
                        cursor: query.cursor
                    ),
                    context
                )
            })
    }
}
