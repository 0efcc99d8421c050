import PostgresClient
import Shared

/// Ends every sign-in of a user whose second factor was taken away by somebody else.
enum EndSessionsForReset {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "EndSessionsForReset",
            """
            UPDATE session_family SET ended_at = now(), ended_reason = 'second_factor_reset'
            WHERE user_id = \(Int32(user.rawValue)) AND ended_at IS NULL
            """
        )
    }
}
