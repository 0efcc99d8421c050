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
            .get, "/api/v1/kpis", "Key figures of lines",
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

/// GET /api/v1/production.
struct ReadProductionRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/production", "Units per bucket of time",
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

/// GET /api/v1/downtimes.
struct ListDowntimesRoute: Sendable {
    private enum Kind: String, CaseIterable {
        case stop
        case micro
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/downtimes", "Stops of lines",
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let query = fields.analysis()
                let justified = fields.bool("justified")
                let kind = fields.choice("kind", of: Kind.self)
                let minimum = fields.integer("min_seconds", in: 0...Int64(UInt32.max)) ?? 0
                let limit = fields.limit()
                let cursor = fields.newestFirstCursor()
                try fields.finish()
                return try await services.passOn(
                    ListDowntimes(
                        query: query,
                        justified: justified,
                        micro: kind.map { $0 == .micro },
                        minimumSeconds: UInt32(minimum),
                        limit: limit,
                        cursor: cursor
                    ),
                    context
                )
            })
    }
}

/// GET /api/v1/line-status.
struct ReadLineStatusRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/line-status", "What every line does now",
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let plant = fields.identifier("plant_id", as: PlantID.self)
                try fields.finish()
                return try await services.passOn(ReadLineStatus(plant: plant), context)
            })
    }
}
