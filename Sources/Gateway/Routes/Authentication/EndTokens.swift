import HTTPTypes
import Shared

/// POST /auth/logout.
struct EndTokens: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/logout", "Ends the sign-in of this token",
            .operation(
                "endTokens", .signIn, "Its refresh token dies at once, its access tokens within 5 seconds.",
                answers: .noContent),
            bodyLimit: .standard, isForEnrolling: true,
            .tenant(roles: .everyRole, scopes: []) { context in
                return try await databaseFaults {
                    try await services.signIn.signOut(context)
                    return Response(status: .noContent)
                }
            })
    }
}
