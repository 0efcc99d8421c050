import Foundation
import PostgresClient
import Shared

/// A tenant's archive: its database as the owner of it, its folder, and the turn that whoever changes it takes.
struct TenantArchive {
    let tenant: RegisteredTenant
    let database: TenantDatabase
    let folder: ArchiveFolder
    let admin: AdminAccess

    init(_ tenant: RegisteredTenant, _ settings: OpsSettings, _ admin: AdminAccess) throws {
        self.tenant = tenant
        database = try tenant.database()
        folder = ArchiveFolder(root: settings.archivePath, database: tenant.databaseName)
        self.admin = admin
    }

    /// Lends a connection on which nobody else archives or restores meanwhile.
    func withTurn<Answer>(_ body: (borrowing PostgresConnection) async throws -> Answer) async throws -> Answer {
        try await admin.withPool(database.name, at: database.address) { pool in
            try await pool.withConnection(deadline: .now + .seconds(10)) { connection in
                // 3: archives. The session holds it, as the work is many transactions; it ends with the connection.
                let isFree: Bool = try await connection.query(
                    Statement("LockArchive", "SELECT pg_try_advisory_lock(1667329381, 3)"),
                    deadline: .now + .seconds(10)
                ).value(0, 0)
                guard isFree else { throw OpsFailure("another camet works on the archive of \(tenant.slug)") }
                return try await body(connection)
            }
        }
    }

    /// Runs `body` as the owner of the tenant's database, in a transaction that waits for no lock longer than it may keep
    /// others waiting; done anew while there is always somebody before it.
    @discardableResult
    func change<Answer>(
        _ connection: borrowing PostgresConnection, deadline: ContinuousClock.Instant,
        _ body: (borrowing PostgresTransaction) async throws -> Answer
    ) async throws -> Answer {
        try await OwnerChange(owner: database.owner).run(connection, deadline: deadline, body)
    }

    /// What the transaction does from here on, it does as the owner.
    func become(_ transaction: borrowing PostgresTransaction) async throws {
        try await OwnerChange(owner: database.owner).become(transaction)
    }

    /// Tells the audit log what is about to be done.
    func audit(_ action: String, line: Int32, _ detail: [String: String]) async throws {
        try await admin.withGlobalDatabase { pool in
            try await pool.withTransaction(deadline: .now + .seconds(30)) { transaction in
                try await AuditEntry(action: action, tenantID: tenant.tenantID, object: "line:\(line)", detail: detail)
                    .write(transaction)
            }
        }
    }

    /// The partition of a month.
    static func partition(line: Int32, month: ArchiveMonth) throws -> Identifier {
        try Identifier("detection_line_\(line)_y\(month.description.replacingOccurrences(of: "-", with: "m"))")
    }

    /// The first instant of a month, as the database takes it.
    static func start(of month: ArchiveMonth) throws -> PostgresTimestamp {
        guard let date = LocalDate(year: Int(month.year), month: Int(month.month), day: 1) else {
            throw OpsFailure("\(month) is no month")
        }
        return PostgresTimestamp(microseconds: TimeZoneRules.utc.start(of: date).microseconds)
    }
}
