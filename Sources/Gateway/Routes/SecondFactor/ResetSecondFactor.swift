import HTTPTypes
import Shared

/// DELETE /api/v1/users/{id}/second-factor: for whoever has lost it; the person's sign-ins end.
struct ResetSecondFactor: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .delete, "/api/v1/users/{id}/second-factor", "Takes a user's second factor away",
            .operation(
                "resetSecondFactor", .people,
                "For whoever has lost it; all his sign-ins end. One's own goes by POST /auth/2fa/disable.",
                answers: .noContent, refuses: [.reauthRequired]),
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                guard let number = Int64(plain: context.open.parameters[0]),
                    (1...Int64(Int32.max)).contains(number)
                else { throw Fault(code: .notFound) }
                guard case .user(_, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
                return try await databaseFaults {
                    try await services.secondFactors.reset(
                        UserID(number), by: context.owner(), role: role, within: context.principal.plants)
                    return Response(status: .noContent)
                }
            })
    }
}
