import Foundation
import Identity
import Logging
import PostgresClient

/// Every database: reached, of the right version, migrated, opened by the worker's password; and the server's clock.
struct DatabasesCheck {
    /// The oldest server, as `server_version_num` says it.
    private static let oldestServer = 150_000
    /// Seconds that a server's clock may differ by.
    private static let clockDifference = 2.0

    let settings: OpsSettings

    func results() async -> [CheckResult] {
        do {
            let admin = try AdminAccess(settings)
            let migrations = try MigrationFolder(settings)
            var results = try await admin.withGlobalDatabase { pool in
                try await server(pool) + [
                    try await migrated("database global") {
                        try await MigrationRunner(pool: pool, database: GlobalDatabase.name, owner: nil)
                            .plan(migrations.global)
                    }
                ]
            }
            for tenant in try await admin.withGlobalDatabase({ try await TenantRegistry($0).all() }) {
                results.append(await check(tenant, admin, migrations))
            }
            return results
        } catch {
            return [CheckResult("database global", .failed, OpsFailure.describe(error))]
        }
    }

    private func server(_ pool: PostgresPool) async throws -> [CheckResult] {
        let before = Date().timeIntervalSince1970
        let rows = try await pool.query(
            Statement(
                "ReadServer",
                """
                SELECT current_setting('server_version_num')::integer, current_setting('server_version'),
                    extract(epoch FROM clock_timestamp())::double precision,
                    current_setting('max_connections')::integer,
                    (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend')
                """), deadline: .now + .seconds(10))
        let after = Date().timeIntervalSince1970
        let number: Int = try rows.value(0, 0)
        let version: String = try rows.value(0, 1)
        let clock: Double = try rows.value(0, 2)
        let most: Int = try rows.value(0, 3)
        let used: Int = try rows.value(0, 4)
        // Its clock was read at some moment between the two.
        let difference = max(0, before - clock, clock - after)
        return [
            CheckResult(
                "database server", number >= Self.oldestServer ? .ok : .failed,
                number >= Self.oldestServer ? "PostgreSQL \(version)" : "PostgreSQL \(version): 15 is the oldest"),
            CheckResult(
                "database connections", used * 5 < most * 4 ? .ok : .warning,
                "\(used) of max_connections \(most) in use"),
            CheckResult(
                "database clock", difference <= Self.clockDifference ? .ok : .failed,
                difference <= Self.clockDifference
                    ? "the same as here"
                    : "differs from this machine's by \(Int(difference)) s: give both a time server"),
        ]
    }

    private func migrated(_ check: String, _ plan: () async throws -> MigrationPlan) async throws -> CheckResult {
        let plan = try await plan()
        guard plan.pending.isEmpty else {
            return CheckResult(
                check, .failed, "lacks \(plan.pending.map(\.title).joined(separator: ", ")): run `camet migrate`")
        }
        return CheckResult(check, .ok, "has all \(plan.applied.count) migrations")
    }

    private func check(
        _ tenant: RegisteredTenant, _ admin: AdminAccess, _ migrations: MigrationFolder
    ) async -> CheckResult {
        let check = "database \(tenant.slug)"
        guard tenant.state != .creating else {
            return CheckResult(check, .warning, "half-made: run `tenant create` again to finish it")
        }
        do {
            let database = try tenant.database()
            let result = try await migrated(check) { try await database.plan(admin, migrations.tenant) }
            guard result.state == .ok else { return result }
            try await signIn(tenant, database)
            return CheckResult(
                check, .ok, result.detail + (tenant.state == .suspended ? "; the company is suspended" : ""))
        } catch {
            return CheckResult(check, .failed, OpsFailure.describe(error))
        }
    }

    /// Connects as the tenant's worker does.
    private func signIn(_ tenant: RegisteredTenant, _ database: TenantDatabase) async throws {
        let sealing = try OpsSecrets(settings: settings).sealing()
        let admin = try AdminAccess(settings)
        let sealed = try await admin.withGlobalDatabase { pool in
            try await pool.query(
                Statement(
                    "ReadWorkerPassword",
                    "SELECT worker_password_sealed FROM tenant WHERE tenant_id = \(tenant.tenantID)"),
                deadline: .now + .seconds(10)
            ).value(0, 0, as: PostgresBytes.self).bytes
        }
        let password = try sealing.open(sealed, purpose: WorkerPasswordPurpose.of(database: tenant.databaseName))
        let pool = try PostgresPool(
            ConnectionSettings(
                address: "\(database.address) user=\(database.worker.name)",
                password: String(decoding: password, as: UTF8.self), database: database.name.name,
                applicationName: "camet-cli"),
            limits: PoolLimits(connections: 1),
            logger: Logger(label: "camet", factory: { _ in SwiftLogNoOpLogHandler() }))
        do {
            _ = try await pool.query(Statement("ProbeDatabase", "SELECT 1"), deadline: .now + .seconds(10))
            await pool.close()
        } catch {
            await pool.close()
            throw OpsFailure(
                "its worker cannot connect (\(OpsFailure.describe(error))): if it is the password, run "
                    + "`tenant rotate-password --slug \(tenant.slug)`")
        }
    }
}
