import PostgresClient
import Shared

/// Ends sign-ins of a user.
enum EndSessionsOfUser {
    /// - Parameters:
    ///   - tenant: those in this tenant; nil: in all.
    ///   - kept: the one that goes on.
    static func statement(
        _ user: UserID, in tenant: TenantID? = nil, except kept: SessionID? = nil, reason: String
    ) -> Statement {
        Statement(
            "EndSessionsOfUser",
            """
            UPDATE session_family SET ended_at = now(), ended_reason = \(reason)
            WHERE user_id = \(Int32(user.rawValue)) AND ended_at IS NULL AND expires_at > now()
                AND tenant_id = coalesce(\(tenant.map { Int32($0.rawValue) }), tenant_id)
                AND sid::text IS DISTINCT FROM \(kept?.description)
            """
        )
    }
}
