import Identity
import PostgresClient

/// The database of one tenant with its roles, all named after it.
struct TenantDatabase: Sendable {
    /// `t_` and 16 hexadecimal digits.
    let name: Identifier
    /// libpq's `key=value` text of its server, without user, database and password.
    let address: String

    /// Owns everything in the database; nobody signs in as it.
    let owner: Identifier
    /// The tenant worker's.
    let worker: Identifier
    /// Has the rights of roles that add detections; nobody signs in as it.
    let writers: Identifier
    /// Has the rights of roles that read `camet_report`; nobody signs in as it.
    let readers: Identifier

    init(name: String, address: String) throws {
        self.name = try Identifier(name)
        self.address = address
        self.owner = try Identifier(name + "_owner")
        self.worker = try Identifier(name + "_worker")
        self.writers = try Identifier(name + "_writer")
        self.readers = try Identifier(name + "_reader")
    }

    /// A name that nobody has.
    static func newName() -> String {
        "t_" + RandomBytes.make(count: 8).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Makes roles and database when missing; the worker gets the password.
    func create(_ admin: AdminAccess, workerPassword: DatabasePassword) async throws {
        try await admin.withPool(try Identifier("postgres"), at: address) { pool in
            let roles = ServerRoles(pool)
            try await roles.ensureGroup(owner)
            try await roles.ensureMembership(in: owner)
            try await roles.ensureLogin(worker, password: workerPassword, connections: 32)
            try await roles.ensureDatabase(name, owner: owner)
            try await roles.allow(worker, into: name, temporaryTables: true)
            try await ensureGroups(roles, mayConnect: true)
            _ = try await GlobalDatabase.closeServer(roles)
        }
    }

    /// Whether it is there.
    func exists(_ admin: AdminAccess) async throws -> Bool {
        try await admin.withPool(try Identifier("postgres"), at: address) { pool in
            try await ServerRoles(pool).hasDatabase(name)
        }
    }

    /// Drops it with all its roles, also those of keys; what an earlier run has dropped already is no fault.
    func drop(_ admin: AdminAccess) async throws {
        try await admin.withPool(try Identifier("postgres"), at: address) { pool in
            let roles = ServerRoles(pool)
            try await roles.dropDatabase(name)
            let named = try await pool.query(
                Statement(
                    "ListRolesOfDatabase",
                    "SELECT rolname::text FROM pg_roles WHERE starts_with(rolname::text, \(name.name + "_"))"),
                deadline: .now + .seconds(30))
            // Those of keys are members of the groups, so whichever comes first does not matter.
            for role in try named.column(0, as: String.self) { try await roles.dropRole(try Identifier(role)) }
        }
    }

    /// Gives the worker's role another password.
    func setWorkerPassword(_ password: DatabasePassword, _ admin: AdminAccess) async throws {
        try await admin.withPool(try Identifier("postgres"), at: address) { pool in
            try await ServerRoles(pool).setPassword(password, of: worker)
        }
    }

    /// Makes the groups of roles that use the database beside the worker, when missing.
    private func ensureGroups(_ roles: ServerRoles, mayConnect: Bool) async throws {
        for group in [writers, readers] {
            try await roles.ensureGroup(group)
            if mayConnect { try await roles.ensureAllowed(group, into: name) }
        }
    }

    /// Applies the migrations it lacks; gives those. The keys of the database of a suspended tenant may not connect.
    func migrate(
        _ admin: AdminAccess, _ set: MigrationSet, isSuspended: Bool = false
    ) async throws -> [MigrationFile] {
        try await admin.withPool(try Identifier("postgres"), at: address) { pool in
            try await ensureGroups(ServerRoles(pool), mayConnect: !isSuspended)
        }
        if isSuspended { try await DatabaseKeys(database: self, admin: admin).shut() }
        return try await admin.withPool(name, at: address) { pool in
            try await MigrationRunner(pool: pool, database: name.name, owner: owner).run(set)
        }
    }

    /// What it has and lacks.
    func plan(_ admin: AdminAccess, _ set: MigrationSet) async throws -> MigrationPlan {
        try await admin.withPool(name, at: address) { pool in
            try await MigrationRunner(pool: pool, database: name.name, owner: owner).plan(set)
        }
    }
}
