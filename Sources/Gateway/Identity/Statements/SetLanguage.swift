import PostgresClient
import Shared

/// The language a user reads, when it is another one than before; nil: whatever his browser asks for.
enum SetLanguage {
    static func statement(_ user: UserID, _ language: LanguageCode?) -> Statement {
        Statement(
            "SetLanguage",
            """
            UPDATE app_user SET locale = \(language?.rawValue)
            WHERE user_id = \(Int32(user.rawValue)) AND locale IS DISTINCT FROM \(language?.rawValue)
            """
        )
    }
}
