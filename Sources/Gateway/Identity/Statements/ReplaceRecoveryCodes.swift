import Identity
import PostgresClient
import Shared

/// New recovery codes of a user in place of all there were; after `HoldUser`.
enum ReplaceRecoveryCodes {
    static func statement(_ codes: [RecoveryCode], of user: UserID) -> Statement {
        Statement(
            "ReplaceRecoveryCodes",
            """
            WITH void AS (DELETE FROM recovery_code WHERE user_id = \(Int32(user.rawValue)))
            INSERT INTO recovery_code (user_id, code_hash)
            SELECT \(Int32(user.rawValue)), unnest(\(codes.map { PostgresBytes($0.hash) }))
            """
        )
    }
}
