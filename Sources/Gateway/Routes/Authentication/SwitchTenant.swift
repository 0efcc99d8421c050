import HTTPTypes
import NIOCore
import Shared

/// POST /auth/switch: tokens for another tenant of the same person; those he has stay.
struct SwitchTenant: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/switch", "Gives tokens for another tenant of the user", bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                guard case .accessToken = context.identity.proof, case .user(let user, _) = context.principal.kind,
                    let session = context.identity.session
                else { throw Fault(code: .forbidden) }
                var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                let slug = fields.required(fields.plainString("tenant"), "tenant", "")
                try fields.finish()
                return try await databaseFaults {
                    let person = try await services.signIn.person(user, in: slug)
                    return .tokens(
                        try await services.signIn.tokens(
                            for: person, .switching(session), from: context.open.origin, context.open.caller))
                }
            })
    }
}
