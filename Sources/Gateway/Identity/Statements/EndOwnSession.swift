import PostgresClient
import Shared

/// Ends a sign-in that holds, if it is this user's; touches no row otherwise.
enum EndOwnSession {
    static func statement(_ session: SessionID, of user: UserID) -> Statement {
        Statement(
            "EndOwnSession",
            """
            UPDATE session_family SET ended_at = now(), ended_reason = 'logout'
            WHERE user_id = \(Int32(user.rawValue)) AND sid::text = \(session.description)
                AND ended_at IS NULL AND expires_at > now()
            """
        )
    }
}
