import PostgresClient

/// Which tenants need a user as their ADMIN.
enum LastAdmin {
    /// The slugs of the tenants that would be left without an ADMIN who may sign in if this user were none. What is said
    /// holds until the transaction ends: whoever takes away an ADMIN takes turns, in the pages and the API too.
    ///
    /// The user's row must be held by then.
    static func tenants(of userID: Int, _ transaction: borrowing PostgresTransaction) async throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(30)
        try await transaction.execute(
            Statement(
                "HoldAdmins",
                """
                SELECT user_id FROM membership
                WHERE role = 'ADMIN' AND tenant_id IN (SELECT tenant_id FROM membership WHERE user_id = \(userID))
                ORDER BY tenant_id, user_id FOR UPDATE
                """), deadline: deadline)
        // A statement of its own: the one above saw who was disabled before it had to wait.
        let rows = try await transaction.query(
            Statement(
                "ListTenantsOfLastAdmin",
                """
                SELECT tenant.slug FROM membership AS own JOIN tenant ON tenant.tenant_id = own.tenant_id
                WHERE own.user_id = \(userID) AND own.role = 'ADMIN' AND NOT EXISTS (
                    SELECT FROM membership AS other JOIN app_user ON app_user.user_id = other.user_id
                    WHERE other.tenant_id = own.tenant_id AND other.user_id <> own.user_id AND other.role = 'ADMIN'
                        AND app_user.disabled_at IS NULL)
                ORDER BY tenant.slug
                """), deadline: deadline)
        return try rows.column(0, as: String.self)
    }
}
