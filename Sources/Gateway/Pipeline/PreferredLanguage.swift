import HTTPTypes
import Shared

/// The language of an answer: what the request asks for, else the user's own where it is known who asks, else Spanish.
enum PreferredLanguage {
    static func of(_ headers: RequestFields, user: LanguageCode? = nil) -> LanguageCode {
        headers[.acceptLanguage].flatMap(LanguageCode.init(acceptLanguage:)) ?? user ?? .spanish
    }
}
