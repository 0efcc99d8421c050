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
                .post, "/auth/token/sms", "Sends a code for a sign-in to the user's telephone", bodyLimit: .standard,
                rate: .unlimited,
                .open { context in
                    var fields = try JSONFields(body: Array(buffer: try await context.jsonBody()))
                    let ticket = fields.required(fields.plainString("otp_ticket"), "otp_ticket", "")
                    try fields.finish()
                    return try await databaseFaults {
                        try await codes.send(ticket: ticket, in: context.language)
                        return Response(status: .noContent)
                    }
                }),
            Route(
                .post, "/auth/2fa/sms/enroll", "Sends a code to a telephone, to be confirmed", bodyLimit: .standard,
                isForEnrolling: true,
                .tenant(roles: .everyRole, scopes: []) { context in
                    try await databaseFaults { try await enrol(context, codes) }
                }),
            Route(
                .post, "/auth/2fa/sms/confirm", "Puts the telephone in force and gives recovery codes",
                bodyLimit: .standard, isForEnrolling: true,
                .tenant(roles: .everyRole, scopes: []) { context in
                    var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
                    let code = fields.required(fields.plainString("otp"), "otp", "")
                    try fields.finish()
                    return try await databaseFaults {
                        .recoveryCodes(try await codes.confirm(code, by: context.secondFactorOwner))
                    }
                }),
        ]
    }

    private func enrol(_ context: TenantContext, _ codes: MessageCodes) async throws -> Response {
        var fields = try JSONFields(body: Array(buffer: try await context.open.jsonBody()))
        let password = fields.plainString("password")
        let typed = fields.required(fields.plainString("phone"), "phone", "")
        let phone = PhoneNumber(typed: typed)
        if phone == nil, !fields.hasFault("phone") { fields.fault("phone", .invalidFormat, limit: "+5491123456789") }
        try fields.finish()
        guard let phone else { throw Fault(code: .internal) }
        let owner = try context.secondFactorOwner
        try await services.account.confirm(password, of: context.owner())
        try await codes.enrol(phone, of: owner.user, in: context.principal.language)
        return Response(status: .noContent)
    }
}
