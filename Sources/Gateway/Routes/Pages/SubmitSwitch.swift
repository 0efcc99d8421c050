import HTTPTypes
import Shared

/// POST /session/switch: the pages of another tenant of the same person, in a new session.
struct SubmitSwitch: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/session/switch", "Switches pages to another tenant of the user",
            .unlisted("The form of a page."), bodyLimit: .standard,
            .page(roles: .everyRole) { context in
                let form = try await context.sessionForm()
                guard case .user(let user, _) = context.principal.kind, let session = context.identity.session
                else { throw Fault(code: .forbidden) }
                let person = try await services.signIn.person(user, in: form["tenant"] ?? "")
                let cookie = try await services.signIn.pageCookie(
                    for: person, .switching(session), from: context.open.origin, context.open.caller)
                var response = Response(
                    status: .seeOther, headers: [.location: SignInRedirect.localPath(form["next"], of: context.request)]
                )
                response.setCookie(.session(cookie, context.request))
                return response
            })
    }
}

extension Cookie {
    /// The cookie of a page's session.
    static func session(_ cookie: SignIn.PageCookie, _ request: Request) -> Cookie {
        Cookie(
            name: Identification.cookie(of: request),
            value: cookie.value,
            maxAge: cookie.lifetimeSeconds,
            path: request.base.isEmpty ? "/" : request.base,
            httpOnly: true,
            isSecure: request.isSecure,
            sameSite: .lax
        )
    }
}
