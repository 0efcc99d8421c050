import HTTPTypes
import IPC
import Shared

/// GET /api/v1/downtimes/{line_id}/{event_id}.
struct ReadStopRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/downtimes/{line_id}/{event_id}", "One stop",
            .operation(
                "readStop", .stops, "With `planned_seconds` of its whole life.", query: NoParameters.self,
                answers: .object(.stop)),
            .tenant(roles: .everyRole, scopes: [.read]) { context in
                _ = try NoParameters(of: context.request)
                let path = try StopPath(context.open.parameters)
                guard let line = path.line, let event = path.event else { throw Fault(code: .notFound) }
                return try await services.passOn(ReadStop(line: line, event: event), context)
            })
    }
}
