import HTTPTypes
import PostgresClient
import Shared

/// POST /login.
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
        let username = form["username"] ?? ""
        let show = ShowSignIn(services)
        func again(_ failure: SignInPage.Failure, _ status: HTTPResponse.Status) -> Response {
            show.page(context, failure: failure, username: username, next: form["next"], status: status)
        }
        let expected = context.request.cookie(ShowSignIn.formCookie)
        do {
            guard let expected else { return again(.expired, .forbidden) }
            try CrossSiteRequests.checkForm(context.request, given: form["csrf_token"], expected: expected)
            let person = try await services.signIn.person(
                username: username,
                password: form["password"] ?? "",
                tenant: nil,
                address: context.clientAddress
            )
            let cookie = try await services.signIn.pageCookie(for: person)
            if let old = context.request.cookie(Identification.cookie(of: context.request)) {
                try await services.signIn.forgetPage(old)
            }
            var response = Response(
                status: .seeOther, headers: [.location: SignInRedirect.localPath(form["next"])])
            response.setCookie(.session(cookie, context.request))
            return response
        } catch let fault as Fault {
            switch fault.code {
            case .csrfFailed: return again(.expired, .forbidden)
            case .invalidCredentials: return again(.credentials, .unauthorized)
            case .tooManyAttempts:
                var response = again(.locked(seconds: fault.retryAfterSeconds ?? 1), .tooManyRequests)
                fault.addHeaders(to: &response.headers)
                return response
            default: throw fault
            }
        } catch is PostgresError {
            return again(.unavailable, .serviceUnavailable)
        }
    }
}
