import HTTPTypes
import NIOCore
import Shared

/// POST /auth/token/sms and /auth/2fa/sms/{enroll,confirm}; not there without an SMS gateway.
struct MessageCodeRoutes: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        guard let codes = services.messageCodes else { return [] }
        return [
            Route(
                .post, "/auth/token/sms", "Sends a code for a sign-in to the user's telephone",
                .operation(
                    "sendSignInCode", .signIn, "It replaces the one sent for this sign-in before.",
                    body: .json(TicketBody.self), answers: .noContent,
                    refuses: [.invalidCode, .rateLimited, .smsUnavailable, .databaseUnavailable]),
                bodyLimit: .standard, rate: .unlimited,
                .open { context in
                    let body = try TicketBody.read(Array(buffer: try await context.jsonBody()))
                    return try await databaseFaults {
                        try await codes.send(ticket: body.ticket, in: context.language)
                        return Response(status: .noContent)
                    }
                }),
            Route(
                .post, "/auth/2fa/sms/enroll", "Sends a code to a telephone, to be confirmed",
                .operation(
                    "enrolPhone", .secondFactor, "The password is the user's own, again.", body: .json(PhoneBody.self),
                    answers: .noContent, refuses: [.reauthRequired, .tooManyAttempts, .overloaded, .smsUnavailable]),
                bodyLimit: .standard, isForEnrolling: true,
                .tenant(roles: .everyRole, scopes: []) { context in
                    try await databaseFaults { try await enrol(context, codes) }
                }),
            Route(
                .post, "/auth/2fa/sms/confirm", "Puts the telephone in force and gives recovery codes",
                .operation(
                    "confirmPhone", .secondFactor, "The recovery codes before are void.",
                    body: .json(OneTimeCodeBody.self), answers: .ok(.recoveryCodes), refuses: [.conflict]),
                bodyLimit: .standard, isForEnrolling: true,
                .tenant(roles: .everyRole, scopes: []) { context in
                    let body = try OneTimeCodeBody.read(Array(buffer: try await context.open.jsonBody()))
                    return try await databaseFaults {
                        .recoveryCodes(try await codes.confirm(body.code, by: context.owner()))
                    }
                }),
        ]
    }

    private func enrol(_ context: TenantContext, _ codes: MessageCodes) async throws -> Response {
        let body = try PhoneBody.read(Array(buffer: try await context.open.jsonBody()))
        guard let phone = body.phone else { throw Fault(code: .internal) }
        let owner = try context.owner()
        try await services.account.confirm(body.password, of: owner)
        try await codes.enrol(phone, by: owner, in: context.principal.language)
        return Response(status: .noContent)
    }
}
