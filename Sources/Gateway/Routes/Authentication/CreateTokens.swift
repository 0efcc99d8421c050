import HTTPTypes
import NIOCore
import Shared

/// POST /auth/token.
struct CreateTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/token", "Signs in and gives tokens", bodyLimit: .credentials, rate: .unlimited,
            .open { context in
                let body = try await context.jsonBody()
                var fields = try JSONFields(body: Array(buffer: body))
                let username = fields.required(fields.plainString("username"), "username", "")
                let password = fields.required(fields.plainString("password"), "password", "")
                let tenant = fields.plainString("tenant")
                try fields.finish()
                return try await databaseFaults {
                    let step = try await services.signIn.firstStep(
                        username: username, password: password, tenant: tenant, address: context.clientAddress)
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
