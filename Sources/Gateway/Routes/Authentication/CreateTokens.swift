import HTTPTypes
import NIOCore
import Shared

/// POST /auth/token.
struct CreateTokens: Sendable {
    private struct SignInBody: JSONBody {
        let username: String
        let password: String
        let tenant: String?

        init(_ fields: inout JSONFields) {
            username = fields.required(fields.plainString("username"), "username", "")
            password = fields.required(fields.plainString("password"), "password", "")
            tenant = fields.plainString("tenant")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/token", "Signs in and gives tokens",
            .operation(
                "createTokens", .signIn,
                """
                Without `tenant`, for the first company of the user. Of whoever has a second factor it is the first step: \
                the answer is 401 `otp_required` with `otp_ticket`, which POST /auth/token/otp takes.
                """,
                body: .json(SignInBody.self), answers: .ok(.tokens),
                refuses: [
                    .invalidCredentials, .otpRequired, .tooManyAttempts, .overloaded, .databaseUnavailable,
                ]),
            bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try SignInBody.read(Array(buffer: try await context.jsonBody()))
                let attempt = try services.signIn.attempt(of: body.username, from: context.clientAddress)
                return try await databaseFaults {
                    let step = try await services.signIn.firstStep(
                        attempt, password: body.password, tenant: body.tenant)
                    switch step {
                    case .signedIn(let person):
                        return .tokens(
                            try await services.signIn.tokens(
                                for: person, .signIn, from: context.origin, context.caller))
                    case .secondFactor(let challenge): return context.otpRequired(challenge, services)
                    }
                }
            })
    }
}
