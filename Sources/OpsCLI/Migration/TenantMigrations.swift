import PostgresClient

/// What has become of one tenant's database.
struct TenantMigration: Sendable {
    enum Outcome: Sendable {
        /// Has all migrations now.
        case done
        /// Keeps those it had and what was applied before the failure, and serves on.
        case failed(OpsFailure)
        /// Left alone, because too many others had failed.
        case untried
    }

    let tenant: RegisteredTenant
    let outcome: Outcome
    /// Applied by this run.
    let applied: [MigrationFile]
    /// What it has and lacks after it; nil when that could not be read.
    let plan: MigrationPlan?
}

/// Migrates the databases of many tenants, several at a time, and goes on past failures up to a point.
struct TenantMigrations: Sendable {
    let admin: AdminAccess
    let set: MigrationSet
    /// Databases at the same time.
    let parallel: Int
    /// After so many failures no further database is begun.
    let stopAfter: Int

    /// - Returns: one for each tenant, in their order.
    func run(_ tenants: [RegisteredTenant]) async -> [TenantMigration] {
        var ended: [Int: TenantMigration] = [:]
        var failures = 0
        await withTaskGroup(of: (Int, TenantMigration).self) { tasks in
            var next = 0
            func begin() {
                guard next < tenants.count, failures < stopAfter else { return }
                let index = next
                next += 1
                tasks.addTask { (index, await migrate(tenants[index])) }
            }
            for _ in 0..<parallel { begin() }
            for await (index, migration) in tasks {
                ended[index] = migration
                if case .failed = migration.outcome { failures += 1 }
                begin()
            }
        }
        var all: [TenantMigration] = []
        for (index, tenant) in tenants.enumerated() {
            if let migration = ended[index] {
                all.append(migration)
            } else {
                all.append(
                    TenantMigration(tenant: tenant, outcome: .untried, applied: [], plan: try? await plan(tenant)))
            }
        }
        return all
    }

    private func migrate(_ tenant: RegisteredTenant) async -> TenantMigration {
        let before = try? await plan(tenant)
        do {
            let applied = try await tenant.database().migrate(
                admin, set, isSuspended: tenant.state == .suspended)
            return TenantMigration(
                tenant: tenant, outcome: .done, applied: applied, plan: try? await plan(tenant))
        } catch {
            let after = try? await plan(tenant)
            // Each file is a transaction of its own: those before the one that failed stay.
            let applied = before.flatMap { before in after.map { before.pending.dropLast($0.pending.count) } } ?? []
            return TenantMigration(
                tenant: tenant, outcome: .failed(OpsFailure(OpsFailure.describe(error))), applied: Array(applied),
                plan: after)
        }
    }

    private func plan(_ tenant: RegisteredTenant) async throws -> MigrationPlan {
        try await tenant.database().plan(admin, set)
    }
}
