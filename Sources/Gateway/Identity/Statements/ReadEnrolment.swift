import PostgresClient
import Shared

/// The sealed secret of a second factor that can still be confirmed in this session.
enum ReadEnrolment {
    static func statement(_ user: UserID, in session: SessionID, _ method: SecondFactorMethod) -> Statement {
        Statement(
            "ReadEnrolment",
            """
            SELECT secret_sealed FROM second_factor_enrolment
            WHERE user_id = \(Int32(user.rawValue)) AND method = \(method.rawValue)
                AND sid = \(session.description)::text::uuid
                AND tries_left > 0 AND expires_at > now()
            """,
            idempotent: true
        )
    }
}
