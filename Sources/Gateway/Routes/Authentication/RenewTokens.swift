import HTTPTypes
import NIOCore
import Shared

/// POST /auth/refresh.
struct RenewTokens: Sendable {
    private struct RenewalBody: JSONBody {
        let token: String

        init(_ fields: inout JSONFields) {
            token = fields.required(fields.plainString("refresh_token"), "refresh_token", "")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/refresh", "Renews tokens",
            .operation(
                "renewTokens", .signIn,
                "A refresh token is good for one use; used twice, it ends the sign-in that it is of.",
                body: .json(RenewalBody.self), answers: .ok(.tokens),
                refuses: [.unauthorized, .tenantSuspended, .rateLimited, .databaseUnavailable]),
            bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try RenewalBody.read(Array(buffer: try await context.jsonBody()))
                return try await databaseFaults {
                    try await services.identification.once(body.token, from: context.clientAddress) {
                        .tokens(try await services.signIn.renew(body.token, from: context.caller))
                    }
                }
            })
    }
}
