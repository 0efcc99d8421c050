import HTTPTypes
import Identity
import NIOCore
import Shared

/// POST /auth/2fa/{enroll,confirm,disable,recovery-codes}: what a person does with his own second factor.
struct SecondFactorRoutes: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            route("enroll", "Gives a new seed, to be confirmed") { context in
                let owner = try await reauthenticated(context)
                let code = try await services.secondFactors.enrolApplication(owner.user)
                let name = try await services.signIn.name(of: owner.user)
                var json = JSONWriter()
                json.object { json in
                    json.field("secret", code.text)
                    json.field("otpauth_uri", code.address(issuer: SecondFactors.issuer, account: name))
                }
                return .json(json)
            },
            route("confirm", "Puts the new seed in force and gives recovery codes") { context in
                var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                let code = fields.required(fields.plainString("otp"), "otp", "")
                try fields.finish()
                let owner = try context.secondFactorOwner
                return .recoveryCodes(try await services.secondFactors.confirmApplication(code, by: owner))
            },
            route("disable", "Takes the second factor away") { context in
                let owner = try await reauthenticated(context)
                try await services.secondFactors.disable(by: owner)
                return Response(status: .noContent)
            },
            route("recovery-codes", "Gives new recovery codes") { context in
                let owner = try await reauthenticated(context)
                return .recoveryCodes(try await services.secondFactors.renewRecoveryCodes(by: owner))
            },
        ]
    }

    private func route(
        _ name: String, _ summary: String, _ handler: @escaping @Sendable (TenantContext) async throws -> Response
    ) -> Route {
        Route(
            .post, "/auth/2fa/\(name)", summary, bodyLimit: .standard, isForEnrolling: true,
            .tenant(roles: .everyRole, scopes: []) { context in
                try await databaseFaults { try await handler(context) }
            })
    }

    /// The person, once the password in the body, and nothing else, is his.
    private func reauthenticated(_ context: TenantContext) async throws -> SecondFactors.Owner {
        var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
        let password = fields.plainString("password")
        try fields.finish()
        let owner = try context.secondFactorOwner
        try await services.account.confirm(password, of: context.owner())
        return owner
    }
}

extension Response {
    /// Recovery codes, the only time they are shown.
    static func recoveryCodes(_ codes: [RecoveryCode]) -> Response {
        var json = JSONWriter()
        json.object { json in
            json.key("recovery_codes")
            json.array { json in
                for code in codes { json.value(code.text) }
            }
        }
        return .json(json)
    }
}
