import HTTPTypes
import IPC
import Shared

/// GET /api/v1/filters/{key}/options.
struct ListFilterOptionsRoute: Sendable {
    private struct Query: QueryParameters {
        let plant: PlantID?
        let line: LineID?

        init(_ fields: inout QueryFields) {
            plant = fields.identifier("plant_id")
            line = fields.identifier("line_id")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/filters/{key}/options", "What may be chosen in a filter",
            .operation(
                "listFilterOptions", .dashboard,
                "As far as the caller sees it and the other filters allow. Areas need `line_id`.",
                path: ["key": .words(FilterKind.allCases.filter(\.hasOptions).map(\.rawValue))], query: Query.self,
                answers: .ok(.filterOptions)),
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                guard let filter = FilterKind(rawValue: String(context.open.parameters[0])), filter.hasOptions else {
                    throw Fault(code: .notFound)
                }
                let query = try Query(of: context.request)
                return try await services.passOn(
                    ListFilterOptions(filter: filter, plant: query.plant, line: query.line), context)
            })
    }
}
