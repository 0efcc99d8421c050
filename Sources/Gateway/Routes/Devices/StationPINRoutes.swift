import HTTPTypes
import NIOCore
import Shared

/// PUT and DELETE /api/v1/me/pin, DELETE /api/v1/users/{id}/pin: the PINs that people use at stations.
struct StationPINRoutes: Sendable {
    private static let own = "/api/v1/me/pin"
    private static let passwordFaults: Set<FaultCode> = [.reauthRequired, .tooManyAttempts, .overloaded]

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        [
            Route(
                .put, Self.own, "Sets one's own PIN at stations",
                .operation(
                    "setStationPIN", .account,
                    "Good at the stations of this company alone. Not one that is tried first, as 0000 or 1234.",
                    body: .json(StationPINBody.self), answers: .noContent, refuses: Self.passwordFaults),
                bodyLimit: .standard,
                .tenant(roles: .operatorsAndAbove, scopes: []) { context in
                    let body = try StationPINBody.read(Array(buffer: try await context.open.jsonBody()))
                    let owner = try context.owner()
                    try await services.account.confirm(body.password, of: owner)
                    try await services.stationPeople.setPIN(body.pin, of: owner)
                    return Response(status: .noContent)
                }),
            Route(
                .delete, Self.own, "Takes one's own PIN away",
                .operation("removeStationPIN", .account, answers: .noContent),
                .tenant(roles: .operatorsAndAbove, scopes: []) { context in
                    let owner = try context.owner()
                    try await services.stationPeople.removePIN(
                        of: owner.user, in: owner.tenant, by: owner.user, from: owner.caller)
                    return Response(status: .noContent)
                }),
            Route(
                .delete, "/api/v1/users/{id}/pin", "Takes a person's PIN away",
                .operation(
                    "resetStationPIN", .people,
                    "For whoever has forgotten it, or told it; he sets another one himself.",
                    answers: .noContent),
                .tenant(roles: .adminsAndAbove, scopes: []) { context in try await reset(context) }),
        ]
    }

    private func reset(_ context: TenantContext) async throws -> Response {
        guard let number = Int64(plain: context.open.parameters[0]), (1...Int64(Int32.max)).contains(number) else {
            throw Fault(code: .notFound)
        }
        guard case .user(let actor, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        let users = UserAdministration(pool: services.pool, passwords: services.signIn.passwords)
        let member = try await users.read(
            UserID(number),
            UserAdministration.Actor(
                user: actor, role: role, tenant: context.tenant, plants: context.principal.plants,
                caller: context.open.caller))
        if (member.isSuperAdmin ? Role.superAdmin : member.role).isAbove(role) { throw Fault(code: .forbidden) }
        try await services.stationPeople.removePIN(
            of: member.id, in: context.tenant, by: actor, from: context.open.caller)
        return Response(status: .noContent)
    }
}
