import IPC
import Identity
import PostgresClient
import Shared

/// The registry of tenants: where their databases are, and what their workers are told.
struct TenantRegistry: Sendable {
    let pool: PostgresPool
    let sealing: SealingKeyFile
    let settings: GatewaySettings

    var workerTenants: WorkerTenants {
        WorkerTenants(
            bootData: { tenant in try await databaseFaults { try await bootData(of: tenant) } },
            all: { try await all() }
        )
    }

    /// - Throws: `notFound` for a tenant that is unknown or suspended, `databaseUnavailable` while nobody can tell.
    private func bootData(of tenant: TenantID) async throws -> TenantBootData {
        let rows = try await pool.query(ReadTenantDatabase.statement(tenant), deadline: .now + .seconds(5))
        guard let known = try ReadTenantDatabase.read(rows), known.isActive else { throw Fault(code: .notFound) }
        let password = try sealing.open(
            known.sealedPassword, purpose: WorkerPasswordPurpose.of(database: known.databaseName))
        let secret = String(decoding: password, as: UTF8.self)
        return TenantBootData(
            slug: known.slug,
            timeZone: known.timeZone,
            database: "\(known.address) dbname=\(known.databaseName) user=\(known.role) password='\(secret)'",
            limits: WorkerLimits(
                databaseConnections: UInt16(settings.workerDatabaseConnections),
                concurrentRequests: 1_024,
                openStreams: UInt16(settings.streamsOfTenant),
                ingestRowsPerMinute: UInt32(settings.ingestRowsPerMinuteOfTenant),
                databaseIdleSeconds: UInt32(settings.databaseIdleSeconds),
                slowStatementMilliseconds: UInt32(settings.slowStatementMilliseconds)
            )
        )
    }

    private func all() async throws -> [TenantName] {
        try await ListTenants.read(pool.query(ListTenants.statement(), deadline: .now + .seconds(5)))
    }
}
