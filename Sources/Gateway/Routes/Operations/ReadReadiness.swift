import HTTPTypes
import PostgresClient
import Shared

/// GET /readyz: whether requests can be served, part by part; and for the operator's monitoring, worker by worker.
struct ReadReadiness: Sendable {
    private static let answer = JSONShape.object([
        "ready": .boolean,
        "parts": .object([
            "global_database": .words(["ok", "unavailable"]),
            "companies": .words(WorkerReadiness.Part.allCases.map(\.rawValue)),
        ]),
        "tenants": .optional(
            .list(.object(["tenant": .text, "state": .words(WorkerStateName.allCases.map(\.rawValue))]))
                .described("How each company is served; for the operator's monitoring alone.")),
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
            .open { context in
                let rows = try? await services.pool.query(
                    Statement("ProbeDatabase", "SELECT 1", idempotent: true), deadline: .now + .seconds(2))
                let isReady = rows != nil
                let workers = services.workers.readiness()
                let isOperator = ReadMetrics.isOperator(context.request, services.settings)
                var json = JSONWriter()
                json.object { json in
                    json.field("ready", isReady)
                    json.key("parts")
                    json.object { json in
                        json.field("global_database", isReady ? "ok" : "unavailable")
                        // A worker that cannot run is its own company's trouble: the gateway serves the others.
                        json.field("companies", workers.part.rawValue)
                    }
                    // Which client companies there are is nobody else's business.
                    if isOperator {
                        json.key("tenants")
                        write(workers.tenants, &json)
                    }
                }
                return .json(status: isReady ? .ok : .serviceUnavailable, json)
            })
    }

    private func write(_ tenants: [WorkerReadiness.Tenant], _ json: inout JSONWriter) {
        json.array { json in
            for tenant in tenants {
                json.object { json in
                    json.field("tenant", tenant.slug)
                    json.field("state", tenant.state.rawValue)
                }
            }
        }
    }
}
