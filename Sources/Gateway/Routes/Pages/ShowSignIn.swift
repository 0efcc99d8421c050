import HTTPTypes
import Identity
import Shared

/// GET /login.
struct ShowSignIn: Sendable {
    /// The cookie that binds the form to the browser before anybody has signed in.
    static let formCookie = "camet_form"

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/login", "The sign-in page", .unlisted("A page."), rate: .unlimited,
            .open { context in
                let query = QueryItems(context.request.uri.query ?? "").firstValues
                return page(context, failure: nil, username: "", next: query["next"])
            })
    }

    func page(
        _ context: OpenContext,
        step: SignInPage.Step = .password,
        isMessageSent: Bool = false,
        failure: SignInPage.Failure?,
        username: String,
        next: String?,
        status: HTTPResponse.Status = .ok
    ) -> Response {
        let known = context.request.ownCookie(Self.formCookie)
        let token = known ?? RandomBytes.alphanumeric(count: 32)
        let html = services.pages.signInPage(
            SignInPage(
                step: step,
                failure: failure,
                username: username,
                next: next.map { context.request.base + SignInRedirect.localPath($0, of: context.request) },
                csrfToken: token,
                isMessageSent: isMessageSent
            ),
            site: context.site(services)
        )
        var response = Response.page(html, status: status)
        if known == nil {
            response.setCookie(
                Cookie(
                    name: context.request.cookiePrefix + Self.formCookie,
                    value: token,
                    // A `__Host-` name is of the whole host.
                    path: context.request.base.isEmpty ? "/" : context.request.base + "/login",
                    httpOnly: true,
                    isSecure: context.request.isSecure,
                    sameSite: .strict
                ))
        }
        return response
    }
}
