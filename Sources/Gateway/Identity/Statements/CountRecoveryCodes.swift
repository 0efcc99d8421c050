import PostgresClient
import Shared

/// How many recovery codes of a user are left.
enum CountRecoveryCodes {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "CountRecoveryCodes",
            "SELECT count(*) FROM recovery_code WHERE user_id = \(Int32(user.rawValue)) AND used_at IS NULL",
            idempotent: true
        )
    }
}
