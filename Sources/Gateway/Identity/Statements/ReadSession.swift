import PostgresClient
import Shared

/// Whether a sign-in still holds, the user's name and language, and what is asked of him and his second factor.
enum ReadSession {
    struct Row: Sendable {
        var username: String
        var email: String
        var language: LanguageCode?
        var hasSecondFactor: Bool
        /// The roles that need one in the tenant.
        var twoFactorRoles: Set<Role>
    }

    static func statement(_ session: SessionID, user: UserID, tenant: TenantID) -> Statement {
        Statement(
            "ReadSession",
            """
            SELECT app_user.username, app_user.email, app_user.locale,
                EXISTS (SELECT FROM second_factor WHERE second_factor.user_id = app_user.user_id),
                tenant.two_factor_roles
            FROM session_family AS family JOIN app_user USING (user_id) JOIN tenant USING (tenant_id)
            WHERE family.sid::text = \(session.description) AND family.user_id = \(Int32(user.rawValue))
                AND family.tenant_id = \(Int32(tenant.rawValue)) AND family.ended_at IS NULL
                AND family.expires_at > now() AND app_user.disabled_at IS NULL
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            username: try row.value(0),
            email: try row.value(1),
            language: try row.optional(2, as: String.self).flatMap(LanguageCode.init(rawValue:)),
            hasSecondFactor: try row.value(3),
            twoFactorRoles: Set(try row.value(4, as: [String].self).compactMap(Role.init(rawValue:)))
        )
    }
}
