import HTTPTypes
import Shared

/// The language of an answer before it is known who asks.
enum PreferredLanguage {
    static func of(_ headers: RequestFields) -> LanguageCode {
        LanguageCode.chosen(cookie: nil, user: nil, acceptLanguage: headers[.acceptLanguage])
    }
}
