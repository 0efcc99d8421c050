import Identity
import PostgresClient
import Shared

/// The people of a tenant, by id.
enum ListMembers {
    struct Row: Sendable {
        var id: UserID
        var username: String
        var email: String
        /// Of the membership; whoever is SUPER_ADMIN is so beside it.
        var role: Role
        var permissions: Set<Permission>
        /// Nil: every plant.
        var plants: [PlantID]?
        var isActive: Bool
        var isSuperAdmin: Bool
        /// Of the membership.
        var createdAt: Instant
        var hasOtherMemberships: Bool
    }

    /// - Parameters:
    ///   - plants: only people who are limited to some of these; nil: everybody.
    ///   - search: part of a name or an e-mail; nil: any.
    static func statement(
        _ tenant: TenantID, within plants: [PlantID]?, search: FoldedName?, after: Int64, limit: Int
    ) -> Statement {
        Statement(
            "ListMembers",
            """
            SELECT app_user.user_id, app_user.username, app_user.email, membership.role, membership.permissions,
                membership.plant_ids, app_user.disabled_at IS NULL, app_user.is_super_admin, membership.created_at,
                EXISTS (
                    SELECT FROM membership AS other
                    WHERE other.user_id = membership.user_id AND other.tenant_id <> membership.tenant_id)
            FROM membership JOIN app_user ON app_user.user_id = membership.user_id
            WHERE membership.tenant_id = \(Int32(tenant.rawValue)) AND membership.user_id > \(Int32(after))
                AND (\(plants?.integers) IS NULL OR membership.plant_ids <@ \(plants?.integers))
                AND (\(search?.text) IS NULL OR position(\(search?.text) IN app_user.username_folded) > 0
                    OR position(\(search?.text) IN app_user.email_folded) > 0)
            ORDER BY membership.user_id LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws -> [Row] {
        var read: [Row] = []
        for row in rows {
            guard let role = Role(rawValue: try row.value(3)) else { throw Fault(code: .internal) }
            read.append(
                Row(
                    id: UserID(try row.value(0)),
                    username: try row.value(1),
                    email: try row.value(2),
                    role: role,
                    permissions: Set(try row.value(4, as: [String].self).compactMap(Permission.init(rawValue:))),
                    plants: try row.optional(5, as: [Int64].self)?.map { PlantID($0) },
                    isActive: try row.value(6),
                    isSuperAdmin: try row.value(7),
                    createdAt: Instant(microseconds: try row.value(8, as: PostgresTimestamp.self).microseconds),
                    hasOtherMemberships: try row.value(9)
                ))
        }
        return read
    }
}

extension [PlantID] {
    /// As the database has them.
    var integers: [Int32] { map { Int32($0.rawValue) } }
}
