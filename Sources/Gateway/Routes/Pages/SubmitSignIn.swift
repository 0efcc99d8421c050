import HTTPTypes
import PostgresClient
import Shared

/// POST /login: the password, or what follows it for whoever has a second factor.
struct SubmitSignIn: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/login", "Signs in to pages", .unlisted("The form of a page."),
            bodyLimit: .standard, rate: .unlimited,
            .open { context in
                try await submit(context)
            })
    }

    private func submit(_ context: OpenContext) async throws -> Response {
        let form = try await context.form()
        let show = ShowSignIn(services)
        func again(
            _ failure: SignInPage.Failure?, _ status: HTTPResponse.Status, step: SignInPage.Step = .password,
            isMessageSent: Bool = false
        ) -> Response {
            show.page(
                context, step: step, isMessageSent: isMessageSent, failure: failure,
                username: form["username"] ?? "", next: form["next"], status: status)
        }
        let expected = context.request.ownCookie(ShowSignIn.formCookie)
        do {
            guard let expected else { return again(.expired, .forbidden) }
            try CrossSiteRequests.checkForm(context.request, given: form["csrf_token"], expected: expected)
            if let ticket = form["otp_ticket"], form["send"] == "sms", let codes = services.messageCodes {
                try await codes.send(ticket: ticket, in: context.site(services).language)
                return again(nil, .ok, step: .oneTimeCode(ticket: ticket, sendsMessages: true), isMessageSent: true)
            }
            if let ticket = form["otp_ticket"] {
                let proof = SignIn.SecondProof(typed: form["otp"] ?? "")
                return try await signedIn(
                    services.signIn.person(ticket: ticket, proof: proof, from: context.caller), context, form["next"])
            }
            let attempt = try services.signIn.attempt(of: form["username"] ?? "", from: context.clientAddress)
            let step = try await services.signIn.firstStep(attempt, password: form["password"] ?? "", tenant: nil)
            switch step {
            case .signedIn(let person): return try await signedIn(person, context, form["next"])
            case .secondFactor(let challenge): return again(nil, .ok, step: SignInPage.Step(challenge))
            }
        } catch let fault as Fault {
            switch fault.code {
            case .csrfFailed: return again(.expired, .forbidden)
            case .invalidCredentials: return again(.credentials, .unauthorized)
            case .invalidCode:
                guard let step = try await secondStep(form) else { return again(.expired, .unauthorized) }
                return again(.oneTimeCode, .unauthorized, step: step)
            case .smsUnavailable:
                return again(.unavailable, .serviceUnavailable, step: try await secondStep(form) ?? .password)
            case .tooManyAttempts, .rateLimited:
                let step = try await secondStep(form) ?? .password
                var response = again(
                    .locked(seconds: fault.retryAfterSeconds ?? 1), .tooManyRequests, step: step)
                fault.addHeaders(to: &response.headers)
                return response
            default: throw fault
            }
        } catch is PostgresError {
            return again(.unavailable, .serviceUnavailable)
        }
    }

    /// The second step of a form's ticket; nil when it is over, or the form is the first step's.
    private func secondStep(_ form: [String: String]) async throws -> SignInPage.Step? {
        guard let ticket = form["otp_ticket"] else { return nil }
        return try await databaseFaults { try await services.signIn.challenge(of: ticket) }.map { SignInPage.Step($0) }
    }

    /// The new session, in place of one that the browser may have had.
    private func signedIn(_ person: SignIn.Person, _ context: OpenContext, _ next: String?) async throws -> Response {
        let cookie = try await services.signIn.pageCookie(
            for: person, .signIn, from: context.origin, context.caller)
        if let old = context.request.cookie(Identification.cookie(of: context.request)) {
            try await services.signIn.forgetPage(old)
        }
        var response = Response(
            status: .seeOther, headers: [.location: SignInRedirect.localPath(next, of: context.request)])
        response.setCookie(.session(cookie, context.request))
        return response
    }
}

extension SignInPage.Step {
    /// The step that asks for what a challenge takes.
    init(_ challenge: SignIn.Challenge) {
        self = .oneTimeCode(ticket: challenge.ticket, sendsMessages: challenge.methods.contains(.sms))
    }
}
