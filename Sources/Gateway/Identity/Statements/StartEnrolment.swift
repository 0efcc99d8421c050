import PostgresClient
import Shared

/// A second factor that is to be confirmed, in place of one that was not.
enum StartEnrolment {
    static func statement(
        _ user: UserID, _ method: SecondFactorMethod, sealedSecret: [UInt8], lifetimeSeconds: Double
    ) -> Statement {
        Statement(
            "StartEnrolment",
            """
            INSERT INTO second_factor_enrolment (user_id, method, secret_sealed, expires_at)
            VALUES (\(Int32(user.rawValue)), \(method.rawValue), \(Parameter.bytes(sealedSecret)),
                now() + make_interval(secs => \(lifetimeSeconds)))
            ON CONFLICT (user_id, method) DO UPDATE SET secret_sealed = excluded.secret_sealed, tries_left = 5,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            """
        )
    }
}
