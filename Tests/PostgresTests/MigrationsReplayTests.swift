import Foundation
import Identity
import PostgresClient
import Testing

@testable import OpsCLI

@Suite struct MigrationsReplayTests {
    private var deadline: ContinuousClock.Instant { .now + .seconds(60) }

    @Test func replayingTheTenantMigrationsEqualsTheFullSchema() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let whole = try TenantDatabase(name: TenantDatabase.newName(), address: cluster.tenants[0].address)
        try await whole.create(cluster.admin, workerPassword: DatabasePassword())
        let replayed = try TenantDatabase(name: TenantDatabase.newName(), address: whole.address)
        try await replayed.create(cluster.admin, workerPassword: DatabasePassword())
        let applied = try await replayed.migrate(cluster.admin, cluster.migrations.tenant)
        #expect(applied.count == cluster.migrations.tenant.files.count)
        let text = try String(
            contentsOfFile: MigrationsCluster.repository + "/Migrations/schema/tenant.sql", encoding: .utf8)
        try await cluster.admin.withPool(whole.name) { pool in
            try await pool.withTransaction(deadline: deadline) { transaction in
                try await transaction.execute(
                    Statement("BecomeOwner", "SET LOCAL ROLE \(whole.owner)", prepared: false), deadline: deadline)
                try await transaction.executeUncheckedScript("CreateSchema", text, deadline: deadline)
            }
        }
        let expected = try cluster.dump(whole.name.name)
        #expect(expected.count > 1000)
        #expect(try cluster.dump(replayed.name.name).difference(from: expected).isEmpty)
    }

    @Test func replayingTheGlobalMigrationsEqualsTheFullSchema() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let database = try Identifier("whole_global")
        try await cluster.admin.withPool(try Identifier("postgres")) { pool in
            let roles = ServerRoles(pool)
            try await roles.ensureDatabase(database, owner: nil)
        }
        let text = try String(
            contentsOfFile: MigrationsCluster.repository + "/Migrations/schema/global.sql", encoding: .utf8)
        try await cluster.admin.withPool(database) { pool in
            try await pool.withConnection(deadline: deadline) { connection in
                try await connection.executeUncheckedScript("CreateSchema", text, deadline: deadline)
            }
        }
        let expected = try cluster.dump(database.name)
        #expect(expected.count > 300)
        #expect(try cluster.dump(GlobalDatabase.name).difference(from: expected).isEmpty)
    }

    @Test func aSecondRunAppliesNothing() async throws {
        let cluster = try await MigrationsCluster.shared.value
        for tenant in cluster.tenants {
            #expect(try await tenant.migrate(cluster.admin, cluster.migrations.tenant).isEmpty)
            let plan = try await tenant.plan(cluster.admin, cluster.migrations.tenant)
            #expect(plan.applied.count == cluster.migrations.tenant.files.count)
        }
    }

    @Test func twoRunsAtOnceApplyEachFileOnce() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = try TenantDatabase(name: TenantDatabase.newName(), address: cluster.tenants[0].address)
        try await tenant.create(cluster.admin, workerPassword: DatabasePassword())
        let (admin, set) = (cluster.admin, cluster.migrations.tenant)
        async let first = tenant.migrate(admin, set)
        async let second = tenant.migrate(admin, set)
        let applied = try await first.map(\.number) + second.map(\.number)
        #expect(applied.sorted() == Array(1...set.files.count))
    }

    @Test func aFailingMigrationIsUndoneAndTheRestStays() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let tenant = try TenantDatabase(name: TenantDatabase.newName(), address: cluster.tenants[0].address)
        try await tenant.create(cluster.admin, workerPassword: DatabasePassword())
        let good = MigrationFile(number: 1, name: "good", text: "CREATE TABLE one (i integer);")
        let bad = MigrationFile(
            number: 2, name: "bad", text: "CREATE TABLE two (i integer); CREATE TABLE one (i integer);")
        let mended = MigrationFile(number: 2, name: "bad", text: "CREATE TABLE two (i integer);")
        let failing = try MigrationSet(files: [good, bad])
        await #expect(throws: OpsFailure.self) { try await tenant.migrate(cluster.admin, failing) }
        let applied = try await tenant.migrate(cluster.admin, try MigrationSet(files: [good, mended]))
        #expect(applied.map(\.number) == [2])
    }

    @Test func anUnfinishedTenantIsFinishedUnderItsFirstName() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let sealing = try OpsSecrets(settings: cluster.settings).sealing()
        try await cluster.admin.withGlobalDatabase { pool in
            let registry = TenantRegistry(pool)
            let address = cluster.tenants[0].address
            let first = try await registry.enter(
                slug: "half", name: "Half", timezone: "UTC", locale: "es", address: address, sealing: sealing)
            let again = try await registry.enter(
                slug: "half", name: "Whole", timezone: "UTC", locale: "en", address: address, sealing: sealing)
            #expect(again.tenant.databaseName == first.tenant.databaseName)
            #expect(again.workerPassword.text == first.workerPassword.text)
            #expect(again.tenant.name == "Whole")
            try await registry.activate(again.tenant)
            #expect(try await registry.find(slug: "half")?.state == .active)
            await #expect(throws: OpsFailure.self) {
                try await registry.enter(
                    slug: "half", name: "Third", timezone: "UTC", locale: "es", address: address, sealing: sealing)
            }
        }
    }
}
