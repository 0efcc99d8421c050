import PostgresClient
import Shared

/// A confirmed second factor, in place of the one of its kind; it is enrolled no more.
enum StoreSecondFactor {
    /// - Parameter usedStep: the step whose code confirmed it; 0 where there are none.
    static func statement(
        _ user: UserID, _ method: SecondFactorMethod, sealedSecret: [UInt8], usedStep: Int64
    ) -> Statement {
        Statement(
            "StoreSecondFactor",
            """
            WITH enrolled AS (
                DELETE FROM second_factor_enrolment
                WHERE user_id = \(Int32(user.rawValue)) AND method = \(method.rawValue)
            )
            INSERT INTO second_factor (user_id, method, secret_sealed, last_step)
            VALUES (\(Int32(user.rawValue)), \(method.rawValue), \(Parameter.bytes(sealedSecret)), \(usedStep))
            ON CONFLICT (user_id, method) DO UPDATE SET secret_sealed = excluded.secret_sealed,
                last_step = excluded.last_step, is_step_before_used = false, confirmed_at = excluded.confirmed_at
            """
        )
    }
}
