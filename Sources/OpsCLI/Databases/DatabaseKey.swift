import Identity
import PostgresClient

/// What a role of a program or a person may do in a tenant's database.
enum DatabaseKeyKind: String, CaseIterable, Sendable {
    /// Adds detections and reads nothing.
    case writer = "database-writer"
    /// Reads the views of `camet_report`.
    case reader = "database-reader"

    /// Whether it is the kind of a role, by the role's name.
    init?(role: String, of database: TenantDatabase) {
        guard let kind = Self.allCases.first(where: { role.hasPrefix($0.group(of: database).name + "_") }) else {
            return nil
        }
        self = kind
    }

    /// The group that has the rights.
    func group(of database: TenantDatabase) -> Identifier {
        switch self {
        case .writer: database.writers
        case .reader: database.readers
        }
    }

    /// Connections of one role at the same time, at most.
    private var connections: Int {
        switch self {
        case .writer: 8
        case .reader: 4
        }
    }

    /// What holds for the role unless it says otherwise itself.
    private var settings: String {
        switch self {
        case .writer:
            // An open transaction that has written to a line keeps all others from writing to it.
            """
            ALTER ROLE %role% SET search_path = public;
            ALTER ROLE %role% SET statement_timeout = '60s';
            ALTER ROLE %role% SET idle_in_transaction_session_timeout = '10s';
            """
        case .reader:
            """
            ALTER ROLE %role% SET search_path = camet_report;
            ALTER ROLE %role% SET default_transaction_read_only = on;
            ALTER ROLE %role% SET statement_timeout = '30s';
            ALTER ROLE %role% SET idle_in_transaction_session_timeout = '60s';
            """
        }
    }

    /// SQL that makes the role; it is one transaction.
    fileprivate func script(_ role: Identifier, _ group: Identifier, _ password: DatabasePassword) -> String {
        // The verifier is base64 and fixed punctuation only: nothing in it needs quoting.
        """
        CREATE ROLE \(role) LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE CONNECTION LIMIT \(connections)
            PASSWORD '\(password.scramVerifier)' IN ROLE \(group);
        \(settings.replacing("%role%", with: role.description))
        """
    }
}

/// A role of PostgreSQL for somebody who writes or reads with SQL of his own. There is no other record of it than the role
/// itself; its name for people is its comment.
struct DatabaseKey: Sendable {
    let role: Identifier
    let kind: DatabaseKeyKind
    let name: String
}

/// The roles of that kind of one tenant, on the server of its database.
struct DatabaseKeys {
    let database: TenantDatabase
    let admin: AdminAccess

    /// A key whose role is not made yet.
    func newKey(_ kind: DatabaseKeyKind, name: String) throws -> DatabaseKey {
        let suffix = RandomBytes.make(count: 4).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let role = try Identifier("\(kind.group(of: database).name)_\(suffix)")
        return DatabaseKey(role: role, kind: kind, name: name)
    }

    /// Makes the role of a new key; gives its password.
    func create(_ key: DatabaseKey) async throws -> DatabasePassword {
        let password = DatabasePassword()
        try await withServer { pool in
            try await pool.withTransaction(deadline: Self.deadline) { transaction in
                try await transaction.executeUncheckedScript(
                    "CreateRole", key.kind.script(key.role, key.kind.group(of: database), password),
                    deadline: Self.deadline)
                try await comment(on: key.role, key.name, transaction)
            }
        }
        return password
    }

    /// All roles, by name.
    func all() async throws -> [DatabaseKey] {
        let rows = try await withServer { pool in
            try await pool.query(
                Statement(
                    "ListDatabaseKeys",
                    """
                    SELECT role.rolname::text, coalesce(shobj_description(role.oid, 'pg_authid'), '')
                    FROM pg_roles AS role JOIN pg_auth_members AS membership ON membership.member = role.oid
                        JOIN pg_roles AS held ON held.oid = membership.roleid
                    WHERE held.rolname IN (\(database.writers.name), \(database.readers.name))
                    ORDER BY role.rolname
                    """), deadline: Self.deadline)
        }
        return try rows.compactMap { row in
            let name = try row.value(0, as: String.self)
            guard let kind = DatabaseKeyKind(role: name, of: database) else { return nil }
            return DatabaseKey(role: try Identifier(name), kind: kind, name: try row.value(1))
        }
    }

    /// Ends the role's sessions and drops it; false when there is no such key.
    func revoke(_ role: String) async throws -> Bool {
        guard let key = try await all().first(where: { $0.role.name == role }) else { return false }
        try await withServer { pool in
            try await pool.execute(
                Statement("LockRole", "ALTER ROLE \(key.role) NOLOGIN", prepared: false), deadline: Self.deadline)
            try await ServerRoles(pool).ensureMembership(in: key.role)
            try await Self.endSessions(of: key.role, pool)
        }
        // It can own nothing but large objects, which any role may make.
        _ = try await admin.withPool(database.name, at: database.address) { pool in
            try await pool.execute(
                Statement("DropOwned", "DROP OWNED BY \(key.role)", prepared: false), deadline: Self.deadline)
        }
        _ = try await withServer { pool in
            try await pool.execute(
                Statement("DropRole", "DROP ROLE \(key.role)", prepared: false), deadline: Self.deadline)
        }
        return true
    }

    /// Lets no key connect, whenever it was made, and ends their sessions: what the roles are stays.
    func shut() async throws {
        let keys = try await all()
        try await withServer { pool in
            let roles = ServerRoles(pool)
            for kind in DatabaseKeyKind.allCases {
                try await roles.forbid(kind.group(of: database), from: database.name)
            }
            for key in keys { try await roles.ensureMembership(in: key.role) }
            // A session that was let in just before is listed a moment later, so it is looked for twice.
            for round in 1...2 {
                if round > 1 { try await ContinuousClock().sleep(for: .milliseconds(500)) }
                for key in keys { try await Self.endSessions(of: key.role, pool) }
            }
        }
    }

    /// Lets the keys connect again.
    func open() async throws {
        try await withServer { pool in
            let roles = ServerRoles(pool)
            for kind in DatabaseKeyKind.allCases {
                try await roles.ensureAllowed(kind.group(of: database), into: database.name)
            }
        }
    }

    private static var deadline: ContinuousClock.Instant { .now + .seconds(30) }

    private static func endSessions(of role: Identifier, _ pool: PostgresPool) async throws {
        try await pool.execute(
            Statement(
                "EndSessions",
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = \(role.name)"),
            deadline: deadline)
    }

    private func comment(
        on role: Identifier, _ name: String, _ transaction: borrowing PostgresTransaction
    ) async throws {
        // COMMENT takes no parameters: PostgreSQL itself quotes the text.
        let quoted = try await transaction.query(
            Statement("QuoteComment", "SELECT format('COMMENT ON ROLE %I IS %L', \(role.name), \(name))"),
            deadline: Self.deadline)
        try await transaction.executeUncheckedScript(
            "CommentOnRole", try quoted.value(0, 0, as: String.self), deadline: Self.deadline)
    }

    private func withServer<Answer>(_ body: (PostgresPool) async throws -> Answer) async throws -> Answer {
        try await admin.withPool(try Identifier("postgres"), at: database.address, body)
    }
}
