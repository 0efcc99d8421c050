import Identity
import PostgresClient

/// The database that says who exists, and the gateway's role.
struct GlobalDatabase {
    static let name = "camet_global"
    static let gatewayRole = "camet_gateway"

    let admin: AdminAccess

    /// Makes database and role when missing, and closes the server's own databases to PUBLIC.
    ///
    /// Gives the names of databases that PUBLIC may still connect to: an admin who is no superuser cannot close them.
    func create(gatewayPassword: DatabasePassword) async throws -> [String] {
        let database = try Identifier(Self.name)
        let gateway = try Identifier(Self.gatewayRole)
        return try await admin.withPool(try Identifier("postgres")) { pool in
            let roles = ServerRoles(pool)
            try await roles.ensureLogin(gateway, password: gatewayPassword, connections: 64)
            try await roles.ensureDatabase(database, owner: nil)
            try await roles.allow(gateway, into: database, temporaryTables: false)
            return try await Self.closeServer(roles)
        }
    }

    /// Closes `postgres` and `template1` to PUBLIC; gives those that could not be.
    static func closeServer(_ roles: ServerRoles) async throws -> [String] {
        guard try await roles.isSuperuser() else { return try await openToPublic(roles) }
        for name in ["postgres", "template1"] { try await roles.closeToPublic(try Identifier(name)) }
        return []
    }

    private static func openToPublic(_ roles: ServerRoles) async throws -> [String] {
        let rows = try await roles.pool.query(
            Statement(
                "ListDatabasesOpenToPublic",
                """
                SELECT datname::text FROM pg_database
                WHERE datname IN ('postgres', 'template1') AND (datacl IS NULL OR EXISTS (
                    SELECT 1 FROM aclexplode(datacl) WHERE grantee = 0 AND privilege_type = 'CONNECT'))
                ORDER BY datname
                """), deadline: .now + .seconds(30))
        return try rows.column(0, as: String.self)
    }
}
