import PostgresClient
import Shared

/// The sealed secret of a second factor that can still be confirmed.
enum ReadEnrolment {
    static func statement(_ user: UserID, _ method: SecondFactorMethod) -> Statement {
        Statement(
            "ReadEnrolment",
            """
            SELECT secret_sealed FROM second_factor_enrolment
            WHERE user_id = \(Int32(user.rawValue)) AND method = \(method.rawValue)
                AND tries_left > 0 AND expires_at > now()
            """,
            idempotent: true
        )
    }
}
