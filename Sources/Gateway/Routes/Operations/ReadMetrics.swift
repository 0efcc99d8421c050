import HTTPTypes
import Identity
import NIOCore
import Shared

/// GET /metrics on the public port, for whoever sends the configured token; otherwise it is not there.
struct ReadMetrics: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/metrics", "Counters in the text format of Prometheus",
            .unlisted("For the operator's monitoring, with a token of its own, and not part of the API."),
            rate: .unlimited,
            .open { context in
                guard let expected = services.settings.metricsToken else { throw Fault(code: .notFound) }
                guard Self.isSent(expected, context.request) else { throw Fault(code: .unauthorized) }
                return Self.answer(await services.metrics())
            })
    }

    /// Whether a request comes from the operator's monitoring; never where no token is configured.
    static func isOperator(_ request: Request, _ settings: GatewaySettings) -> Bool {
        settings.metricsToken.map { isSent($0, request) } ?? false
    }

    private static func isSent(_ token: String, _ request: Request) -> Bool {
        let given = request.headers[.authorization].flatMap(Identification.bearer) ?? ""
        return ConstantTime.areEqual(given.utf8, token.utf8)
    }

    static func answer(_ exposition: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(string: exposition))
        )
    }
}
