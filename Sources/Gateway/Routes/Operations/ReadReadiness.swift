import HTTPTypes
import PostgresClient
import Shared

/// GET /readyz: whether requests can be served, part by part.
struct ReadReadiness: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/readyz", "Whether requests can be served", rate: .unlimited,
            .open { _ in
                let rows = try? await services.pool.query(
                    Statement("ProbeDatabase", "SELECT 1", idempotent: true), deadline: .now + .seconds(2))
                let isReady = rows != nil
                var json = JSONWriter()
                json.object { json in
                    json.field("ready", isReady)
                    json.key("parts")
                    json.object { json in
                        json.field("global_database", isReady ? "ok" : "unavailable")
                    }
                }
                return .json(status: isReady ? .ok : .serviceUnavailable, json)
            })
    }
}
