import HTTPTypes
import NIOCore
import Shared

/// POST /auth/switch: tokens for another tenant of the same person; those he has stay.
struct SwitchTenant: Sendable {
    private struct SwitchBody: JSONBody {
        let tenant: String

        init(_ fields: inout JSONFields) {
            tenant = fields.required(fields.plainString("tenant"), "tenant", "")
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/switch", "Gives tokens for another company of the user",
            .operation(
                "switchTenant", .signIn, "The tokens it was asked with stay.", body: .json(SwitchBody.self),
                answers: .ok(.tokens), refuses: [.notAMember]),
            bodyLimit: .standard,
            .tenant(roles: .everyRole, scopes: []) { context in
                guard case .accessToken = context.identity.proof, case .user(let user, _) = context.principal.kind,
                    let session = context.identity.session
                else { throw Fault(code: .forbidden) }
                let body = try SwitchBody.read(Array(buffer: try await context.open.jsonBody()))
                return try await databaseFaults {
                    let person = try await services.signIn.person(user, in: body.tenant)
                    return .tokens(
                        try await services.signIn.tokens(
                            for: person, .switching(session), from: context.open.origin, context.open.caller))
                }
            })
    }
}
