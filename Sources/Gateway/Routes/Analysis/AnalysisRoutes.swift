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
                try fields.finish()
                return try await services.passOn(ReadIndicators(query: query), context)
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
                try fields.finish()
                return try await services.passOn(
                    ListDowntimes(
                        query: query,
                        justified: justified,
                        micro: kind.map { $0 == .micro },
                        minimumSeconds: UInt32(minimum)
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

extension QueryFields {
    /// The parameters that all questions about figures share.
    mutating func analysis() -> AnalysisQuery {
        let from = bound("from")
        let to = bound("to")
        let threshold = integer("threshold_seconds", in: 1...86_400)
        let plant = identifier("plant_id", as: PlantID.self)
        let shift = identifier("shift_id", as: ShiftID.self)
        let lines = lineSelection()
        let standIn = PeriodBound.instant(Instant(microseconds: 0))
        return AnalysisQuery(
            period: PeriodRequest(from: from ?? standIn, to: to ?? standIn),
            lines: lines,
            plant: plant,
            shift: shift,
            thresholdSeconds: threshold.map(Int.init)
        )
    }

    private mutating func bound(_ name: String) -> PeriodBound? {
        guard let text = text(name) else {
            fault(name, .required)
            return nil
        }
        do {
            return try PeriodBound(parsing: text)
        } catch {
            fault(name, .invalidTime, limit: "YYYY-MM-DD, YYYY-MM-DDTHH:MM, YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
    }

    private mutating func lineSelection() -> LineSelection {
        let values = values("line_id")
        if values.isEmpty || values == ["all"] { return .all }
        var lines: [LineID] = []
        for value in values {
            guard let number = Int64(value), (1...Int64(Int32.max)).contains(number) else {
                fault("line_id", .unknownLine)
                continue
            }
            if !lines.contains(LineID(number)) { lines.append(LineID(number)) }
        }
        return lines.isEmpty ? .all : .some(lines)
    }
}
