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
            .post, "/auth/token/otp", "Signs in with the second factor and gives tokens", bodyLimit: .credentials,
            rate: .unlimited,
            .open { context in
                var fields = try JSONFields(body: Array(buffer: try await context.jsonBody()))
                let ticket = fields.required(fields.plainString("otp_ticket"), "otp_ticket", "")
                let code = fields.plainString("otp")
                let recoveryCode = fields.plainString("recovery_code")
                let proof: SignIn.SecondProof
                if let recoveryCode {
                    if code != nil { fields.fault("recovery_code", .notAllowed) }
                    proof = .recoveryCode(recoveryCode)
                } else {
                    proof = .code(fields.required(code, "otp", ""))
                }
                try fields.finish()
                return try await databaseFaults {
                    let person = try await services.signIn.person(
                        ticket: ticket, proof: proof, from: context.caller)
                    return .tokens(
                        try await services.signIn.tokens(for: person, .signIn, from: context.origin, context.caller))
                }
            })
    }
}
