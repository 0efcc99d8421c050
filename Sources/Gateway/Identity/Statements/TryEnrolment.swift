import PostgresClient
import Shared

/// Spends one try of confirming a second factor, and gives its sealed secret. No row: there is nothing to confirm in this
/// session.
enum TryEnrolment {
    static func statement(_ user: UserID, in session: SessionID, _ method: SecondFactorMethod) -> Statement {
        Statement(
            "TryEnrolment",
            """
            UPDATE second_factor_enrolment SET tries_left = tries_left - 1
            WHERE user_id = \(Int32(user.rawValue)) AND method = \(method.rawValue)
                AND sid = \(session.description)::text::uuid
                AND tries_left > 0 AND expires_at > now()
            RETURNING secret_sealed
            """
        )
    }
}
