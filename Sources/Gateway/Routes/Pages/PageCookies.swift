import HTTPTypes
import NIOCore
import Shared

/// The look and language a person has chosen, from cookies.
extension OpenContext {
    func site(_ services: Services, user: LanguageCode? = nil) -> PageSite {
        PageSite(
            assets: services.files.base,
            language: LanguageCode.chosen(
                cookie: request.cookie(PageSite.languageCookie),
                user: user,
                acceptLanguage: request.headers[.acceptLanguage]
            ),
            theme: Theme(cookie: request.cookie(Theme.cookie))
        )
    }

    /// The fields of a form; a name given twice has its first value.
    func form() async throws -> [String: String] {
        guard mediaType.name == "application/x-www-form-urlencoded" else { throw Fault(code: .unsupportedMediaType) }
        let body = try await wholeBody()
        return QueryItems(String(buffer: body)).firstValues
    }
}
