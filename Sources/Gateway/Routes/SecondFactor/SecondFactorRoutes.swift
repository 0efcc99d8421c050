import HTTPTypes
import Identity
import NIOCore
import Shared

/// POST /auth/2fa/{enroll,confirm,disable,recovery-codes}: what a person does with his own second factor.
struct SecondFactorRoutes: Sendable {
    /// Why a change that needs the password anew may be refused.
    private static let passwordFaults: Set<FaultCode> = [.reauthRequired, .tooManyAttempts, .overloaded]

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            route(
                "enroll", "Gives a new seed, to be confirmed",
                .operation(
                    "enrolApplication", .secondFactor,
                    "Nothing is in force before it is confirmed, within 10 minutes and in the same session.",
                    body: .json(OwnPasswordBody.self), answers: .ok(.applicationSeed), refuses: Self.passwordFaults)
            ) { context in
                let owner = try await reauthenticated(context)
                let code = try await services.secondFactors.enrolApplication(by: owner)
                let name = try await services.signIn.name(of: owner.user)
                var json = JSONWriter()
                json.object { json in
                    json.field("secret", code.text)
                    json.field("otpauth_uri", code.address(issuer: SecondFactors.issuer, account: name))
                }
                return .json(json)
            },
            route(
                "confirm", "Puts the new seed in force and gives recovery codes",
                .operation(
                    "confirmApplication", .secondFactor, "The recovery codes before are void.",
                    body: .json(OneTimeCodeBody.self), answers: .ok(.recoveryCodes), refuses: [.conflict])
            ) { context in
                let body = try OneTimeCodeBody.read(Array(buffer: try await context.open.jsonBody()))
                let owner = try context.owner()
                return .recoveryCodes(try await services.secondFactors.confirmApplication(body.code, by: owner))
            },
            route(
                "disable", "Takes the second factor away",
                .operation(
                    "disableSecondFactor", .secondFactor, "Recovery codes and what waits to be confirmed go too.",
                    body: .json(OwnPasswordBody.self), answers: .noContent, refuses: Self.passwordFaults)
            ) { context in
                let owner = try await reauthenticated(context)
                try await services.secondFactors.disable(by: owner)
                return Response(status: .noContent)
            },
            route(
                "recovery-codes", "Gives new recovery codes",
                .operation(
                    "renewRecoveryCodes", .secondFactor, "Those before are void.", body: .json(OwnPasswordBody.self),
                    answers: .ok(.recoveryCodes), refuses: Self.passwordFaults.union([.conflict]))
            ) { context in
                let owner = try await reauthenticated(context)
                return .recoveryCodes(try await services.secondFactors.renewRecoveryCodes(by: owner))
            },
        ]
    }

    private func route(
        _ name: String, _ summary: String, _ documentation: Documentation,
        _ handler: @escaping @Sendable (TenantContext) async throws -> Response
    ) -> Route {
        Route(
            .post, "/auth/2fa/\(name)", summary, documentation, bodyLimit: .standard, isForEnrolling: true,
            .tenant(roles: .everyRole, scopes: []) { context in
                try await databaseFaults { try await handler(context) }
            })
    }

    /// The person, once the password in the body, and nothing else, is his.
    private func reauthenticated(_ context: TenantContext) async throws -> SecondFactors.Owner {
        let body = try OwnPasswordBody.read(Array(buffer: try await context.open.jsonBody()))
        let owner = try context.owner()
        try await services.account.confirm(body.password, of: owner)
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
