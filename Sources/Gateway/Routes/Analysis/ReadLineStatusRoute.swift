import HTTPTypes
import IPC
import Shared

/// GET /api/v1/line-status.
struct ReadLineStatusRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/line-status", "What every line does now", record: .query,
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                var fields = QueryFields(context.request.uri.query)
                let plant = fields.identifier("plant_id", as: PlantID.self)
                try fields.finish()
                return try await services.passOn(ReadLineStatus(plant: plant), context)
            })
    }
}
