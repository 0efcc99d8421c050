import PostgresClient
import Shared

/// The language a user has chosen.
enum UpdateLanguage {
    static func statement(_ user: UserID, _ language: LanguageCode) -> Statement {
        Statement(
            "UpdateLanguage",
            """
            UPDATE app_user SET locale = \(language.rawValue)
            WHERE user_id = \(Int32(user.rawValue)) AND locale IS DISTINCT FROM \(language.rawValue)
            """
        )
    }
}
