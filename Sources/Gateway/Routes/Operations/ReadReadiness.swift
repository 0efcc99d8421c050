import HTTPTypes
import PostgresClient
import Shared

/// GET /readyz: whether requests can be served, part by part.
struct ReadReadiness: Sendable {
    private static let answer = JSONShape.object([
        "ready": .boolean, "parts": .object(["global_database": .words(["ok", "unavailable"])]),
    ]).named("Readiness")

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/readyz", "Whether requests can be served",
            .operation(
                "readReadiness", .service, answers: .ok(Self.answer),
                .status(.serviceUnavailable, Self.answer, "They cannot.")),
            rate: .unlimited,
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
