import PostgresClient
import Shared

/// A second factor that is to be confirmed in the session that began it, in place of one that was not.
enum StartEnrolment {
    static func statement(
        _ user: UserID, in session: SessionID, _ method: SecondFactorMethod, sealedSecret: [UInt8],
        lifetimeSeconds: Double
    ) -> Statement {
        Statement(
            "StartEnrolment",
            """
            INSERT INTO second_factor_enrolment (user_id, sid, method, secret_sealed, expires_at)
            VALUES (\(Int32(user.rawValue)), \(session.description)::text::uuid, \(method.rawValue),
                \(Parameter.bytes(sealedSecret)),
                now() + make_interval(secs => \(lifetimeSeconds)))
            ON CONFLICT (user_id, method) DO UPDATE SET sid = excluded.sid, secret_sealed = excluded.secret_sealed,
                tries_left = 5,
                created_at = excluded.created_at, expires_at = excluded.expires_at
            """
        )
    }
}
