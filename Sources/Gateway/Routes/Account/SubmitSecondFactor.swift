import HTTPTypes
import Identity
import Shared

/// POST /account/second-factor/{enroll,confirm,disable,recovery-codes,phone,phone-confirm}: the forms of the account
/// page, the last two only where messages can be sent.
///
/// They answer 303, but for those with new recovery codes: these exist nowhere else than in the answer, so it is the page.
struct SubmitSecondFactor: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var routes: [Route] {
        let factors = services.secondFactors
        let show = ShowAccount(services)
        return [
            route(.enroll, "Enrols an application") { context, form, owner in
                try await services.account.confirm(form["password"], of: context.owner())
                _ = try await factors.enrolApplication(by: owner)
                return Self.back("#second-factor")
            },
            route(.confirm, "Confirms the application") { context, form, owner in
                let codes = try await factors.confirmApplication(form["otp"] ?? "", by: owner)
                return try await show.page(context, newCodes: codes)
            },
            route(.disable, "Takes the second factor away") { context, form, owner in
                try await services.account.confirm(form["password"], of: context.owner())
                try await factors.disable(by: owner)
                return Self.back("?done=\(AccountPage.Done.disabled.rawValue)")
            },
            route(.recoveryCodes, "Makes new recovery codes") { context, form, owner in
                try await services.account.confirm(form["password"], of: context.owner())
                return try await show.page(context, newCodes: factors.renewRecoveryCodes(by: owner))
            },
        ] + messageRoutes
    }

    private var messageRoutes: [Route] {
        guard let codes = services.messageCodes else { return [] }
        return [
            route(.phone, "Sends a code to a telephone") { context, form, owner in
                guard let phone = PhoneNumber(typed: form["phone"] ?? "") else {
                    throw Fault.invalid("phone", .invalidFormat)
                }
                try await services.account.confirm(form["password"], of: context.owner())
                try await codes.enrol(phone, by: owner, in: context.open.site(services).language)
                return Self.back("#second-factor")
            },
            route(.confirmPhone, "Confirms the telephone") { context, form, owner in
                let codes = try await codes.confirm(form["otp"] ?? "", by: owner)
                return try await ShowAccount(services).page(context, newCodes: codes)
            },
        ]
    }

    private func route(
        _ form: AccountPage.Form,
        _ summary: String,
        _ handler: @escaping @Sendable (TenantContext, [String: String], SecondFactors.Owner) async throws -> Response
    ) -> Route {
        Route(
            .post, "/account/second-factor/\(form.rawValue)", summary, .unlisted("The form of a page."),
            bodyLimit: .standard, isForEnrolling: true,
            .page(roles: .everyRole) { context in
                try await databaseFaults {
                    do {
                        return try await handler(context, context.sessionForm(), context.owner())
                    } catch let fault as Fault {
                        return try await ShowAccount(services).page(context, refusing: form, because: fault)
                    }
                }
            })
    }

    private static func back(_ place: String) -> Response {
        Response(status: .seeOther, headers: [.location: "/account\(place)"])
    }
}

extension AccountPage.Failure {
    /// What the form says of a fault; nil for one it has no words for.
    init?(_ fault: Fault) {
        switch fault.code {
        case .reauthRequired: self = .password
        case .invalid: self = fault.parameters.contains { $0.parameter == "phone" } ? .phone : .code
        case .smsUnavailable: self = .notSent
        case .rateLimited: self = .locked(seconds: fault.retryAfterSeconds ?? 1)
        case .conflict: self = .nothing
        case .csrfFailed: self = .expired
        case .notFound: self = .ended
        case .tooManyAttempts: self = .locked(seconds: fault.retryAfterSeconds ?? 1)
        default: return nil
        }
    }
}
