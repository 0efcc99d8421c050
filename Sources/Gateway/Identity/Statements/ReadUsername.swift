import PostgresClient
import Shared

/// The name of a user as it is written.
enum ReadUsername {
    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ReadUsername",
            "SELECT username FROM app_user WHERE user_id = \(Int32(user.rawValue))",
            idempotent: true
        )
    }
}
