import HTTPTypes
import NIOCore
import Shared

extension PageSite {
    /// The look and language a person has chosen, from cookies.
    init(_ request: Request, assets: String, user: LanguageCode?) {
        self.init(
            base: request.base,
            assets: request.base + assets,
            language: LanguageCode.chosen(
                cookie: request.ownCookie(PageSite.languageCookie),
                user: user,
                acceptLanguage: request.headers[.acceptLanguage]
            ),
            theme: Theme(cookie: request.ownCookie(Theme.cookie)),
            cookiePrefix: request.cookiePrefix
        )
    }
}

extension OpenContext {
    func site(_ services: Services, user: LanguageCode? = nil) -> PageSite {
        PageSite(request, assets: services.files.base, user: user)
    }

    /// The fields of a form; a name given twice has its first value.
    func form() async throws -> [String: String] {
        guard mediaType.name == "application/x-www-form-urlencoded" else { throw Fault(code: .unsupportedMediaType) }
        let body = try await wholeBody()
        guard let text = try? UTF8Span(validating: body.readableBytesUInt8Span) else {
            throw Fault.invalid("body", .invalidFormat)
        }
        return QueryItems(String(copying: text)).firstValues
    }
}

extension TenantContext {
    /// The look and language of a page: a person's own, or those that a device has for good.
    func site(_ services: Services) -> PageSite {
        var site = open.site(services, user: principal.language)
        site.tenant = principal.tenant
        if let device = identity.device {
            site.language = device.language
            site.theme = device.look
        }
        return site
    }

    /// The fields of a form that a page sent with its session's token.
    ///
    /// - Throws: `csrfFailed`.
    func sessionForm() async throws -> [String: String] {
        let form = try await open.form()
        guard let token = identity.csrfToken else { throw Fault(code: .csrfFailed) }
        try CrossSiteRequests.checkForm(request, given: form["csrf_token"], expected: token)
        return form
    }
}
