import Identity
import PostgresClient
import Shared

/// A user by his folded name.
enum FindUserByName {
    struct Row: Sendable {
        var id: UserID
        var username: String
        var passwordHash: PasswordHash?
        var isSuperAdmin: Bool
        var language: LanguageCode?
        var isDisabled: Bool
    }

    static func statement(_ name: FoldedName) -> Statement {
        Statement(
            "FindUserByName",
            """
            SELECT user_id, username, password_hash, is_super_admin, locale, disabled_at IS NOT NULL
            FROM app_user WHERE username_folded = \(name.text)
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            id: UserID(try row.value(0)),
            username: try row.value(1),
            passwordHash: PasswordHash(text: try row.value(2)),
            isSuperAdmin: try row.value(3),
            language: try row.optional(4, as: String.self).flatMap(LanguageCode.init(rawValue:)),
            isDisabled: try row.value(5)
        )
    }
}

/// The tenants a user may work in, by slug, with what he may do there. A SUPER_ADMIN sees every tenant.
enum ListMemberships {
    struct Row: Sendable {
        var tenant: TenantID
        var slug: String
        var name: String
        var timeZone: String
        var isSuspended: Bool
        var role: Role?
        var permissions: Set<Permission>
        var plants: [PlantID]?
    }

    static func statement(_ user: UserID) -> Statement {
        Statement(
            "ListMemberships",
            """
            SELECT tenant.tenant_id, tenant.slug, tenant.name, tenant.timezone, tenant.state,
                CASE WHEN app_user.is_super_admin THEN 'SUPER_ADMIN' ELSE membership.role END,
                coalesce(membership.permissions, '{}'),
                CASE WHEN app_user.is_super_admin THEN NULL ELSE membership.plant_ids END
            FROM app_user CROSS JOIN tenant LEFT JOIN membership USING (user_id, tenant_id)
            WHERE app_user.user_id = \(Int32(user.rawValue)) AND tenant.state <> 'creating'
                AND (app_user.is_super_admin OR membership.user_id IS NOT NULL)
            ORDER BY membership.created_at NULLS LAST, tenant.slug
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var memberships: [Row] = []
        for row in rows {
            memberships.append(
                Row(
                    tenant: TenantID(try row.value(0)),
                    slug: try row.value(1),
                    name: try row.value(2),
                    timeZone: try row.value(3),
                    isSuspended: try row.value(4, as: String.self) == "suspended",
                    role: Role(rawValue: try row.value(5)),
                    permissions: Set(try row.value(6, as: [String].self).compactMap(Permission.init(rawValue:))),
                    plants: try row.optional(7, as: [Int64].self)?.map { PlantID($0) }
                )
            )
        }
        return memberships
    }
}

/// Whether a sign-in still holds, and the user's name and language.
enum ReadSession {
    struct Row: Sendable {
        var username: String
        var email: String
        var language: LanguageCode?
    }

    static func statement(_ session: SessionID, user: UserID, tenant: TenantID) -> Statement {
        Statement(
            "ReadSession",
            """
            SELECT app_user.username, app_user.email, app_user.locale
            FROM session_family AS family JOIN app_user USING (user_id)
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
            language: try row.optional(2, as: String.self).flatMap(LanguageCode.init(rawValue:))
        )
    }
}

/// A new sign-in; gives its id.
enum InsertSession {
    static func statement(user: UserID, tenant: TenantID, kind: String, lifetimeSeconds: Double) -> Statement {
        Statement(
            "InsertSession",
            """
            INSERT INTO session_family (sid, user_id, tenant_id, kind, expires_at)
            VALUES (gen_random_uuid(), \(Int32(user.rawValue)), \(Int32(tenant.rawValue)), \(kind),
                now() + make_interval(secs => \(lifetimeSeconds)))
            RETURNING sid::text
            """
        )
    }
}

/// Ends a sign-in, with everything that depends on it.
enum EndSession {
    static func statement(_ session: SessionID, reason: String) -> Statement {
        Statement(
            "EndSession",
            """
            UPDATE session_family SET ended_at = now(), ended_reason = \(reason)
            WHERE sid::text = \(session.description) AND ended_at IS NULL
            """
        )
    }
}

/// One more refresh token of a sign-in.
enum InsertRefreshToken {
    static func statement(hash: [UInt8], session: SessionID, lifetimeSeconds: Double) -> Statement {
        Statement(
            "InsertRefreshToken",
            """
            INSERT INTO refresh_token (hash, sid, expires_at)
            VALUES (\(Parameter.bytes(hash)), \(session.description)::text::uuid,
                now() + make_interval(secs => \(lifetimeSeconds)))
            """
        )
    }
}

/// Uses a refresh token up. No row: it is unknown, used or over; `FindRefreshToken` tells which.
enum UseRefreshToken {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "UseRefreshToken",
            """
            UPDATE refresh_token AS token SET used_at = now() FROM session_family AS family
            WHERE token.hash = \(Parameter.bytes(hash)) AND token.used_at IS NULL AND token.expires_at > now()
                AND family.sid = token.sid AND family.ended_at IS NULL AND family.expires_at > now()
            RETURNING family.sid::text, family.user_id, family.tenant_id
            """
        )
    }
}

/// The sign-in a refresh token belongs to, when it was used before.
enum FindUsedRefreshToken {
    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindUsedRefreshToken",
            "SELECT sid::text FROM refresh_token WHERE hash = \(Parameter.bytes(hash)) AND used_at IS NOT NULL"
        )
    }
}

/// A page's session.
enum InsertPageSession {
    static func statement(hash: [UInt8], session: SessionID, csrfSecret: [UInt8], lifetimeSeconds: Double) -> Statement
    {
        Statement(
            "InsertPageSession",
            """
            INSERT INTO page_session (id_hash, sid, csrf_secret, expires_at)
            VALUES (\(Parameter.bytes(hash)), \(session.description)::text::uuid, \(Parameter.bytes(csrfSecret)),
                now() + make_interval(secs => \(lifetimeSeconds)))
            """
        )
    }
}

/// The sign-in of a page's cookie, while it holds.
enum FindPageSession {
    struct Row: Sendable {
        var session: SessionID
        var user: UserID
        var tenant: TenantID
        var csrfSecret: [UInt8]
    }

    static func statement(hash: [UInt8]) -> Statement {
        Statement(
            "FindPageSession",
            """
            SELECT family.sid::text, family.user_id, family.tenant_id, page.csrf_secret
            FROM page_session AS page JOIN session_family AS family USING (sid)
            WHERE page.id_hash = \(Parameter.bytes(hash)) AND page.expires_at > now()
                AND family.ended_at IS NULL AND family.expires_at > now()
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            session: SessionID(try row.value(0)),
            user: UserID(try row.value(1)),
            tenant: TenantID(try row.value(2)),
            csrfSecret: try row.value(3, as: PostgresBytes.self).bytes
        )
    }
}

/// An API key that may be used now.
enum FindAPIKey {
    struct Row: Sendable {
        var id: APIKeyID
        var tenant: TenantID
        var secretHash: [UInt8]
        var scopes: Set<KeyScope>
    }

    static func statement(publicID: String) -> Statement {
        Statement(
            "FindAPIKey",
            """
            SELECT key.api_key_id, key.tenant_id, key.secret_hash, key.scopes
            FROM api_key AS key JOIN tenant USING (tenant_id)
            WHERE key.public_id = \(publicID) AND key.revoked_at IS NULL
                AND (key.expires_at IS NULL OR key.expires_at > now()) AND tenant.state = 'active'
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            id: APIKeyID(try row.value(0)),
            tenant: TenantID(try row.value(1)),
            secretHash: try row.value(2, as: PostgresBytes.self).bytes,
            scopes: Set(try row.value(3, as: [String].self).compactMap(KeyScope.init(rawValue:)))
        )
    }
}

/// An attempt to sign in.
enum InsertSignInAttempt {
    static func statement(account: String, isSuccess: Bool, reason: String?) -> Statement {
        Statement(
            "InsertSignInAttempt",
            """
            INSERT INTO user_login (username_folded, ok, reason)
            VALUES (left(\(account), 255), \(isSuccess), \(reason))
            """
        )
    }
}

/// Where a tenant's database is and as whom its worker connects.
enum ReadTenantDatabase {
    struct Row: Sendable {
        var slug: String
        var timeZone: String
        var isActive: Bool
        var databaseName: String
        var address: String
        var role: String
        var sealedPassword: [UInt8]
    }

    static func statement(_ tenant: TenantID) -> Statement {
        Statement(
            "ReadTenantDatabase",
            """
            SELECT slug, timezone, state = 'active', database_name, database_address, worker_role,
                worker_password_sealed
            FROM tenant WHERE tenant_id = \(Int32(tenant.rawValue))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            slug: try row.value(0),
            timeZone: try row.value(1),
            isActive: try row.value(2),
            databaseName: try row.value(3),
            address: try row.value(4),
            role: try row.value(5),
            sealedPassword: try row.value(6, as: PostgresBytes.self).bytes
        )
    }
}
