import HTTPTypes
import Shared

/// POST /logout.
struct SubmitSignOut: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/logout", "Signs out of pages", .unlisted("The form of a page."), bodyLimit: .standard,
            .page(roles: .everyRole) { context in
                _ = try await context.sessionForm()
                try await services.signIn.signOut(context)
                var response = Response(status: .seeOther, headers: [.location: "/login"])
                response.setCookie(.session(SignIn.PageCookie(value: "", lifetimeSeconds: 0), context.request))
                return response
            })
    }
}
