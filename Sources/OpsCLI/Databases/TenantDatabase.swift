import Identity
import PostgresClient

/// The database of one tenant with its two roles, all named after it.
struct TenantDatabase: Sendable {
    /// `t_` and 16 hexadecimal digits.
    let name: Identifier
    /// libpq's `key=value` text of its server, without user, database and password.
    let address: String

    /// Owns everything in the database; nobody signs in as it.
    let owner: Identifier
    /// The tenant worker's.
    let worker: Identifier

    init(name: String, address: String) throws {
        self.name = try Identifier(name)
        self.address = address
        self.owner = try Identifier(name + "_owner")
        self.worker = try Identifier(name + "_worker")
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
            _ = try await GlobalDatabase.closeServer(roles)
        }
    }

    /// Applies the migrations it lacks; gives those.
    func migrate(_ admin: AdminAccess, _ set: MigrationSet) async throws -> [MigrationFile] {
        try await admin.withPool(name, at: address) { pool in
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
