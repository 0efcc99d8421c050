import HTTPTypes
import PostgresClient
import Shared

/// POST /account/preferences: language and look, kept in cookies; the language also with the user, for what he is sent.
struct SubmitPreferences: Sendable {
    private static let lifetimeSeconds = 365 * 86_400

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .post, "/account/preferences", "Keeps language and look", .unlisted("The form of a page."),
            bodyLimit: .standard, isForEnrolling: true,
            .page(roles: .everyRole) { context in
                let form = try await context.sessionForm()
                guard let language = form["language"].flatMap(LanguageCode.init(rawValue:)) else {
                    throw Fault.invalid("language", .outOfRange)
                }
                guard let theme = form["theme"].flatMap(Theme.init(rawValue:)) else {
                    throw Fault.invalid("theme", .outOfRange)
                }
                try await services.account.setLanguage(language, of: context.owner())
                var response = Response(
                    status: .seeOther,
                    headers: [.location: "/account?done=\(AccountPage.Done.saved.rawValue)"])
                response.setCookie(Self.cookie(PageSite.languageCookie, language.rawValue, context.request))
                response.setCookie(Self.cookie(Theme.cookie, theme.rawValue, context.request))
                return response
            })
    }

    /// As the page's own script sets it, which reads nothing back but may replace it.
    private static func cookie(_ name: String, _ value: String, _ request: Request) -> Cookie {
        Cookie(
            name: request.cookiePrefix + name, value: value, maxAge: lifetimeSeconds, path: request.base + "/",
            httpOnly: false,
            isSecure: request.isSecure, sameSite: .lax)
    }
}
