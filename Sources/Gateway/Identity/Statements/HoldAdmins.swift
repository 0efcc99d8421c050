import PostgresClient
import Shared

/// Lets whoever takes away an ADMIN take turns, in every tenant that a user belongs to, until the transaction ends. Who is
/// one still is read after it.
enum HoldAdmins {
    static func statement(ofTenantsOf user: UserID) -> Statement {
        Statement(
            "HoldAdmins",
            """
            SELECT user_id FROM membership
            WHERE role = 'ADMIN' AND tenant_id IN (
                SELECT tenant_id FROM membership WHERE user_id = \(Int32(user.rawValue)))
            ORDER BY tenant_id, user_id FOR UPDATE
            """
        )
    }
}
