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
                "createTokens", .signIn, "Without `tenant`, for the first company of the user.",
                body: .json(SignInBody.self), answers: .ok(.tokens),
                refuses: [.invalidCredentials, .tooManyAttempts, .overloaded, .databaseUnavailable]),
            bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try SignInBody.read(Array(buffer: try await context.jsonBody()))
                return try await databaseFaults {
                    let person = try await services.signIn.person(
                        username: body.username, password: body.password, tenant: body.tenant,
                        address: context.clientAddress)
                    return .tokens(try await services.signIn.tokens(for: person))
                }
            })
    }
}
