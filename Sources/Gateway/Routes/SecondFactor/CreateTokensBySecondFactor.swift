import HTTPTypes
import NIOCore
import Shared

/// POST /auth/token/otp: the second step of a sign-in.
struct CreateTokensBySecondFactor: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/auth/token/otp", "Signs in with the second factor and gives tokens",
            .operation(
                "createTokensBySecondFactor", .signIn,
                """
                The second step after 401 `otp_required` of POST /auth/token: either `otp` or `recovery_code`, which is \
                good for one use. Whatever is wrong with the ticket or the code is `invalid_code`.
                """,
                body: .json(SecondStepBody.self), answers: .ok(.tokens),
                refuses: [.invalidCode, .invalidCredentials, .tooManyAttempts, .databaseUnavailable]),
            bodyLimit: .standard, rate: .unlimited,
            .open { context in
                let body = try SecondStepBody.read(Array(buffer: try await context.jsonBody()))
                return try await databaseFaults {
                    let person = try await services.signIn.person(
                        ticket: body.ticket, proof: body.proof, from: context.caller)
                    return .tokens(
                        try await services.signIn.tokens(for: person, .signIn, from: context.origin, context.caller))
                }
            })
    }
}
