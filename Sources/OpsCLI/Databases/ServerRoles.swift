import Identity
import PostgresClient

/// Roles and databases of one PostgreSQL server, made when missing and left as they are otherwise.
///
/// CREATE DATABASE cannot run in a transaction, so every step may have been done by an earlier run that broke off.
struct ServerRoles {
    /// A pool of the database `postgres`.
    let pool: PostgresPool
    private var deadline: ContinuousClock.Instant { .now + .seconds(120) }

    init(_ pool: PostgresPool) {
        self.pool = pool
    }

    /// Whether the role connected as is a superuser.
    func isSuperuser() async throws -> Bool {
        let rows = try await pool.query(
            Statement("ReadOwnRole", "SELECT rolsuper FROM pg_roles WHERE rolname = current_user"), deadline: deadline)
        return try rows.value(0, 0)
    }

    /// Makes a role that cannot sign in.
    func ensureGroup(_ role: Identifier) async throws {
        guard try await !exists(role) else { return }
        try await pool.execute(
            Statement("CreateRole", "CREATE ROLE \(role) NOLOGIN", prepared: false), deadline: deadline)
    }

    /// Makes a role that signs in with this password; an existing one gets the password.
    func ensureLogin(_ role: Identifier, password: DatabasePassword, connections: Int) async throws {
        if try await !exists(role) {
            try await pool.execute(
                Statement(
                    "CreateRole", "CREATE ROLE \(role) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE", prepared: false),
                deadline: deadline)
        }
        // Base64 and fixed punctuation only: nothing in it needs quoting.
        let verifier = password.scramVerifier
        let script = """
            ALTER ROLE \(role) CONNECTION LIMIT \(connections) PASSWORD '\(verifier)';
            ALTER ROLE \(role) SET statement_timeout = '60s';
            ALTER ROLE \(role) SET idle_in_transaction_session_timeout = '60s';
            ALTER ROLE \(role) SET timezone = 'UTC';
            """
        try await pool.withConnection(deadline: deadline) { connection in
            try await connection.executeUncheckedScript("AlterRole", script, deadline: deadline)
        }
    }

    /// Lets the role connected as act for another one, which a superuser may anyway.
    func ensureMembership(in role: Identifier) async throws {
        guard try await !isSuperuser() else { return }
        try await pool.execute(
            Statement("GrantRole", "GRANT \(role) TO CURRENT_USER", prepared: false), deadline: deadline)
    }

    /// Makes a database; nil as owner is the role connected as.
    func ensureDatabase(_ database: Identifier, owner: Identifier?) async throws {
        if try await !hasDatabase(database) {
            let statement =
                if let owner {
                    Statement(
                        "CreateDatabase",
                        "CREATE DATABASE \(database) OWNER \(owner) TEMPLATE template0 ENCODING 'UTF8'", prepared: false
                    )
                } else {
                    Statement(
                        "CreateDatabase", "CREATE DATABASE \(database) TEMPLATE template0 ENCODING 'UTF8'",
                        prepared: false)
                }
            try await pool.execute(statement, deadline: deadline)
        }
        try await closeToPublic(database)
    }

    /// Takes CONNECT and TEMPORARY from PUBLIC; only the database's owner and superusers can.
    func closeToPublic(_ database: Identifier) async throws {
        try await pool.execute(
            Statement("CloseDatabase", "REVOKE ALL ON DATABASE \(database) FROM PUBLIC", prepared: false),
            deadline: deadline)
    }

    /// Lets a role connect to a database.
    func allow(_ role: Identifier, into database: Identifier, temporaryTables: Bool) async throws {
        let statement =
            if temporaryTables {
                Statement(
                    "OpenDatabase", "GRANT CONNECT, TEMPORARY ON DATABASE \(database) TO \(role)", prepared: false)
            } else {
                Statement("OpenDatabase", "GRANT CONNECT ON DATABASE \(database) TO \(role)", prepared: false)
            }
        try await pool.execute(statement, deadline: deadline)
    }

    /// Lets a role connect to a database unless it may already.
    func ensureAllowed(_ role: Identifier, into database: Identifier) async throws {
        let rows = try await pool.query(
            Statement(
                "FindRightToConnect",
                "SELECT has_database_privilege(\(role.name)::name, \(database.name), 'CONNECT')"), deadline: deadline)
        if try !rows.value(0, 0, as: Bool.self) { try await allow(role, into: database, temporaryTables: false) }
    }

    /// Lets a role connect to a database no more; sessions that are there go on.
    func forbid(_ role: Identifier, from database: Identifier) async throws {
        try await pool.execute(
            Statement("ShutDatabase", "REVOKE CONNECT ON DATABASE \(database) FROM \(role)", prepared: false),
            deadline: deadline)
    }

    /// Whether there is a database of that name.
    func hasDatabase(_ database: Identifier) async throws -> Bool {
        let rows = try await pool.query(
            Statement(
                "FindDatabase", "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = \(database.name))"),
            deadline: deadline)
        return try rows.value(0, 0)
    }

    /// Drops a database with all that is in it, when there is one; sessions in it end.
    func dropDatabase(_ database: Identifier) async throws {
        try await pool.execute(
            Statement("DropDatabase", "DROP DATABASE IF EXISTS \(database) WITH (FORCE)", prepared: false),
            deadline: deadline)
    }

    /// Drops a role when there is one; it must own nothing.
    func dropRole(_ role: Identifier) async throws {
        try await pool.execute(
            Statement("DropRole", "DROP ROLE IF EXISTS \(role)", prepared: false), deadline: deadline)
    }

    /// Gives a role another password; sessions that are there go on.
    func setPassword(_ password: DatabasePassword, of role: Identifier) async throws {
        // Base64 and fixed punctuation only: nothing in it needs quoting.
        let script = "ALTER ROLE \(role) PASSWORD '\(password.scramVerifier)';"
        try await pool.withConnection(deadline: deadline) { connection in
            try await connection.executeUncheckedScript("AlterRole", script, deadline: deadline)
        }
    }

    private func exists(_ role: Identifier) async throws -> Bool {
        let rows = try await pool.query(
            Statement("FindRole", "SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = \(role.name))"),
            deadline: deadline)
        return try rows.value(0, 0)
    }
}
