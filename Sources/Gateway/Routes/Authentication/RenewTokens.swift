import HTTPTypes
import NIOCore
import Shared

/// POST /auth/refresh.
struct RenewTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/refresh", "Renews tokens", bodyLimit: .credentials, rate: .unlimited,
            .open { context in
                let body = try await context.jsonBody()
                var fields = try JSONFields(body: Array(buffer: body))
                let token = fields.required(fields.plainString("refresh_token"), "refresh_token", "")
                try fields.finish()
                return try await databaseFaults {
                    try await services.identification.once(token, from: context.clientAddress) {
                        .tokens(try await services.signIn.renew(token, from: context.caller))
                    }
                }
            })
    }
}
