import HTTPTypes
import IPC
import Shared

/// GET /api/v1/filters/{key}/options.
struct ListFilterOptionsRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/filters/{key}/options", "What may be chosen in a filter",
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                guard let filter = FilterKind(rawValue: String(context.open.parameters[0])), filter.hasOptions else {
                    throw Fault(code: .notFound)
                }
                var fields = QueryFields(context.request.uri.query)
                let plant = fields.identifier("plant_id", as: PlantID.self)
                let line = fields.identifier("line_id", as: LineID.self)
                try fields.finish()
                return try await services.passOn(
                    ListFilterOptions(filter: filter, plant: plant, line: line), context)
            })
    }
}
