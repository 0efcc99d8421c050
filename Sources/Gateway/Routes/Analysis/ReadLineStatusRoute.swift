import HTTPTypes
import IPC
import Shared

/// GET /api/v1/line-status.
struct ReadLineStatusRoute: Sendable {
    private struct Query: QueryParameters {
        let plant: PlantID?

        init(_ fields: inout QueryFields) {
            plant = fields.identifier("plant_id")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/line-status", "What every line does now",
            .operation("readLineStatus", .figures, query: Query.self, answers: .ok(.lineStatus)),
            record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                let query = try Query(of: context.request)
                return try await services.passOn(ReadLineStatus(plant: query.plant), context)
            })
    }
}
