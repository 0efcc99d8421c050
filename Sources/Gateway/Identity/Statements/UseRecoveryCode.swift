import Identity
import PostgresClient
import Shared

/// Uses a recovery code up. No row is touched when it is unknown or used.
enum UseRecoveryCode {
    static func statement(_ code: RecoveryCode, of user: UserID) -> Statement {
        Statement(
            "UseRecoveryCode",
            """
            UPDATE recovery_code SET used_at = now()
            WHERE user_id = \(Int32(user.rawValue)) AND code_hash = \(Parameter.bytes(code.hash)) AND used_at IS NULL
            """
        )
    }
}
