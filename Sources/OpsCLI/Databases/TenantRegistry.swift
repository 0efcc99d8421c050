import Identity
import PostgresClient

/// A tenant as the global database has it.
struct RegisteredTenant: Sendable {
    enum State: String, CaseIterable, Sendable {
        case creating
        case active
        case suspended
    }

    let tenantID: Int
    let slug: String
    let name: String
    let timezone: String
    let locale: String
    let state: State
    let databaseName: String
    let databaseAddress: String

    func database() throws -> TenantDatabase {
        try TenantDatabase(name: databaseName, address: databaseAddress)
    }
}

/// Tenants in the global database.
struct TenantRegistry {
    let pool: PostgresPool
    private var deadline: ContinuousClock.Instant { .now + .seconds(30) }

    init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// All tenants by slug.
    func all() async throws -> [RegisteredTenant] {
        let rows = try await pool.query(
            Statement(
                "ListTenants",
                """
                SELECT tenant_id, slug, name, timezone, locale, state, database_name, database_address
                FROM tenant ORDER BY slug
                """, idempotent: true), deadline: deadline)
        return try rows.map(Self.tenant)
    }

    /// One tenant, nil when there is none of that slug.
    func find(slug: String) async throws -> RegisteredTenant? {
        let rows = try await pool.query(
            Statement(
                "FindTenant",
                """
                SELECT tenant_id, slug, name, timezone, locale, state, database_name, database_address
                FROM tenant WHERE slug = \(slug)
                """, idempotent: true), deadline: deadline)
        return try rows.first.map(Self.tenant)
    }

    /// One tenant that must exist; the error names the flag.
    func require(slug: String, flag: String) async throws -> RegisteredTenant {
        guard let tenant = try await find(slug: slug) else {
            throw OpsFailure("\(flag): there is no tenant \(slug)")
        }
        return tenant
    }

    /// Enters a tenant as `creating`, or takes the given name, zone and language into one left so by an earlier run.
    ///
    /// Gives it with the password of its worker, which is opened when it was sealed by that earlier run.
    func enter(
        slug: String, name: String, timezone: String, locale: String, address: String, sealing: SecretSealing
    ) async throws -> (tenant: RegisteredTenant, workerPassword: DatabasePassword) {
        let database = TenantDatabase.newName()
        let sealed = try sealing.seal(
            Array(DatabasePassword().text.utf8), purpose: WorkerPasswordPurpose.of(database: database))
        let rows = try await pool.query(
            Statement(
                "EnterTenant",
                """
                INSERT INTO tenant (slug, name, timezone, locale, database_name, database_address, worker_role,
                    worker_password_sealed)
                VALUES (\(slug), \(name), \(timezone), \(locale), \(database), \(address), \(database + "_worker"),
                    \(PostgresBytes(sealed)))
                ON CONFLICT (slug) DO UPDATE
                    SET name = excluded.name, timezone = excluded.timezone, locale = excluded.locale
                    WHERE tenant.state = 'creating'
                RETURNING tenant_id, slug, name, timezone, locale, state, database_name, database_address,
                    worker_password_sealed
                """), deadline: deadline)
        guard let row = rows.first else { throw OpsFailure("--slug: there is a tenant \(slug) already") }
        let tenant = try Self.tenant(row)
        let opened = try sealing.open(
            try row.value(8, as: PostgresBytes.self).bytes,
            purpose: WorkerPasswordPurpose.of(database: tenant.databaseName))
        guard let password = DatabasePassword(text: String(decoding: opened, as: UTF8.self)) else {
            throw OpsFailure("the sealed worker password of tenant \(slug) is no password")
        }
        return (tenant, password)
    }

    /// Opens a tenant whose database is complete.
    func activate(_ tenant: RegisteredTenant) async throws {
        try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(
                Statement(
                    "ActivateTenant",
                    "UPDATE tenant SET state = 'active' WHERE tenant_id = \(tenant.tenantID) AND state = 'creating'"),
                deadline: deadline)
            try await AuditEntry(action: "tenant.created", tenantID: tenant.tenantID, object: tenant.slug)
                .write(transaction)
        }
    }

    /// Takes a tenant from one state to another; false when it is in neither.
    func change(_ tenant: RegisteredTenant, from: RegisteredTenant.State, to: RegisteredTenant.State) async throws
        -> Bool
    {
        try await pool.withTransaction(deadline: deadline) { transaction in
            let changed = try await transaction.execute(
                Statement(
                    "ChangeTenantState",
                    """
                    UPDATE tenant SET state = \(to.rawValue)
                    WHERE tenant_id = \(tenant.tenantID) AND state = \(from.rawValue)
                    """), deadline: deadline)
            guard changed > 0 else {
                let rows = try await transaction.query(
                    Statement("ReadTenantState", "SELECT state FROM tenant WHERE tenant_id = \(tenant.tenantID)"),
                    deadline: deadline)
                return try rows.first?.value(0, as: String.self) == to.rawValue
            }
            let action = to == .suspended ? "tenant.suspended" : "tenant.resumed"
            try await AuditEntry(action: action, tenantID: tenant.tenantID, object: tenant.slug).write(transaction)
            return true
        }
    }

    /// Takes a tenant out, with its keys, sign-ins and memberships, and the users who belong to no other; gives how many
    /// users those were.
    func remove(_ tenant: RegisteredTenant) async throws -> Int {
        try await pool.withTransaction(deadline: deadline) { transaction in
            let users = try await transaction.execute(
                Statement(
                    "DeleteUsersOfTenant",
                    """
                    DELETE FROM app_user WHERE NOT is_super_admin
                        AND user_id IN (SELECT user_id FROM membership WHERE tenant_id = \(tenant.tenantID))
                        AND user_id NOT IN (SELECT user_id FROM membership WHERE tenant_id <> \(tenant.tenantID))
                    """), deadline: deadline)
            try await transaction.execute(
                Statement("DeleteTenant", "DELETE FROM tenant WHERE tenant_id = \(tenant.tenantID)"),
                deadline: deadline)
            try await AuditEntry(
                action: "tenant.deleted", tenantID: tenant.tenantID, object: tenant.slug,
                detail: ["database": tenant.databaseName, "users": String(users)]
            ).write(transaction)
            return users
        }
    }

    /// Stores the sealed password of a tenant's worker.
    func setWorkerPassword(_ sealed: [UInt8], of tenant: RegisteredTenant) async throws {
        try await pool.withTransaction(deadline: deadline) { transaction in
            try await transaction.execute(
                Statement(
                    "SetWorkerPassword",
                    """
                    UPDATE tenant SET worker_password_sealed = \(PostgresBytes(sealed))
                    WHERE tenant_id = \(tenant.tenantID)
                    """), deadline: deadline)
            try await AuditEntry(action: "tenant.password_rotated", tenantID: tenant.tenantID, object: tenant.slug)
                .write(transaction)
        }
    }

    private static func tenant(_ row: Row) throws -> RegisteredTenant {
        guard let state = RegisteredTenant.State(rawValue: try row.value(5)) else {
            throw OpsFailure("the global database has a tenant state that this program does not know")
        }
        return RegisteredTenant(
            tenantID: try row.value(0), slug: try row.value(1), name: try row.value(2), timezone: try row.value(3),
            locale: try row.value(4), state: state, databaseName: try row.value(6), databaseAddress: try row.value(7))
    }
}
