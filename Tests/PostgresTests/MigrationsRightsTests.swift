import Identity
import PostgresClient
import Testing

@testable import OpsCLI

@Suite struct MigrationsRightsTests {
    private var deadline: ContinuousClock.Instant { .now + .seconds(30) }

    private func sqlState(_ body: () async throws -> Void) async -> SQLState? {
        do {
            try await body()
            return nil
        } catch PostgresError.server(let error) {
            return error.sqlState
        } catch {
            Issue.record("not refused by the server: \(error)")
            return nil
        }
    }

    /// What no role of the application may: reach the machine's files and programs, become somebody else, or loosen what
    /// holds it.
    private static let outward: [Statement] = [
        Statement("RunProgram", "COPY (SELECT 1) TO PROGRAM 'true'", prepared: false),
        Statement("ReadProgram", "COPY nothing FROM PROGRAM 'true'", prepared: false),
        Statement("WriteFile", "COPY (SELECT 1) TO '/tmp/camet-written'", prepared: false),
        Statement("LoadFile", "COPY nothing FROM '/etc/passwd'", prepared: false),
        Statement("ReadFile", "SELECT pg_read_file('/etc/passwd')"),
        Statement("ReadBytes", "SELECT pg_read_binary_file('/etc/passwd')"),
        Statement("ReadSettings", "SELECT pg_read_file('postgresql.conf')"),
        Statement("ListFolder", "SELECT pg_ls_dir('/')"),
        Statement("LookAtFile", "SELECT pg_stat_file('/etc/passwd')"),
        Statement("ImportFile", "SELECT lo_import('/etc/passwd')"),
        Statement("ReadPasswords", "SELECT rolpassword FROM pg_authid"),
        Statement("ReadAccessRules", "SELECT * FROM pg_hba_file_rules"),
        Statement("BecomeAdmin", "SET ROLE camet_admin", prepared: false),
        Statement("SignInAgain", "SET SESSION AUTHORIZATION camet_admin", prepared: false),
        Statement("MakeRole", "CREATE ROLE mine", prepared: false),
        Statement("Rise", "ALTER ROLE CURRENT_USER SUPERUSER", prepared: false),
        Statement("MakeDatabase", "CREATE DATABASE mine", prepared: false),
        Statement("MakeExtension", "CREATE EXTENSION dblink", prepared: false),
        Statement("LoadLibrary", "LOAD '/tmp/mine.so'", prepared: false),
        Statement("ChangeServer", "ALTER SYSTEM SET fsync = off", prepared: false),
        Statement("SilenceTriggers", "SET session_replication_role = replica", prepared: false),
    ]

    @Test func noRoleOfTheApplicationReachesBeyondItsTables() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let (mine, theirs) = (cluster.tenants[0], cluster.tenants[1])
        let others = try [theirs.owner, theirs.worker, Identifier(GlobalDatabase.gatewayRole)].map { role in
            Statement("Become", "SET ROLE \(role)", prepared: false)
        }
        try await cluster.withWorker(of: mine) { pool in
            for statement in Self.outward + others { await expectRefused(statement, pool) }
            let one = try await pool.query(Statement("Ask", "SELECT 1"), deadline: deadline)
            #expect(try one.value(0, 0, as: Int.self) == 1)
        }
        let workers = [mine.owner, mine.worker].map { Statement("Become", "SET ROLE \($0)", prepared: false) }
        try await cluster.withPool(GlobalDatabase.name, as: GlobalDatabase.gatewayRole) { pool in
            for statement in Self.outward + workers { await expectRefused(statement, pool) }
            let one = try await pool.query(Statement("Ask", "SELECT 1"), deadline: deadline)
            #expect(try one.value(0, 0, as: Int.self) == 1)
        }
    }

    private func expectRefused(_ statement: Statement, _ pool: PostgresPool) async {
        let state = await sqlState { try await pool.execute(statement, deadline: deadline) }
        #expect(state == .insufficientPrivilege, "\(statement.name)")
    }

    @Test func aWorkerEntersItsOwnDatabaseAlone() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let (mine, theirs) = (cluster.tenants[0], cluster.tenants[1])
        for database in [theirs.name.name, "camet_global", "postgres", "template1"] {
            do {
                _ = try await cluster.withPool(database, as: mine.worker.name) { pool in
                    try await pool.query(Statement("Ask", "SELECT 1"), deadline: deadline)
                }
                Issue.record("entered \(database)")
            } catch PostgresError.unavailable(let unavailability) {
                #expect(unavailability.reason == .refused)
            }
        }
        let one = try await cluster.withWorker(of: mine) { pool in
            try await pool.query(Statement("Ask", "SELECT 1"), deadline: deadline).value(0, 0, as: Int.self)
        }
        #expect(one == 1)
    }

    @Test func theWorkerAddsDetectionsAndChangesNone() async throws {
        let cluster = try await MigrationsCluster.shared.value
        let plant = try await TriggerPlant.make(cluster.tenants[1], cluster)
        try await cluster.withWorker(of: cluster.tenants[1]) { pool in
            try await plant.insert([plant.row(at: 1_700_000_000_000_000)], pool)
            let table = plant.table
            let partition = try Identifier("\(table.name)_default")
            let refused: [Statement] = [
                Statement("Update", "UPDATE \(table) SET area_id = area_id"),
                Statement("Delete", "DELETE FROM \(table)"),
                Statement("Truncate", "TRUNCATE \(table)", prepared: false),
                Statement("UpdateCounts", "UPDATE minute_count SET detections = 1"),
                Statement("DeleteGaps", "DELETE FROM activity_gap"),
                Statement("DeleteFacts", "DELETE FROM downtime_fact"),
                Statement("ReadPartition", "SELECT * FROM detection_partition.\(partition)"),
                Statement("Rebuild", "SELECT rebuild_line_activity(1)"),
                Statement("BecomeOwner", "SET ROLE \(cluster.tenants[1].owner)", prepared: false),
                Statement("RunProgram", "COPY plant TO PROGRAM 'true'", prepared: false),
                Statement("ReadFile", "SELECT pg_read_file('/etc/passwd')"),
                Statement("CreateTable", "CREATE TABLE mine (i integer)", prepared: false),
            ]
            for statement in refused {
                let state = await sqlState { try await pool.execute(statement, deadline: deadline) }
                #expect(state == .insufficientPrivilege, "\(statement.name)")
            }
            let count = try await pool.query(Statement("Count", "SELECT count(*) FROM \(table)"), deadline: deadline)
            #expect(try count.value(0, 0, as: Int.self) == 1)
        }
    }

    @Test func theGatewayOnlyAddsToTheAuditLog() async throws {
        let cluster = try await MigrationsCluster.shared.value
        try await cluster.withPool(GlobalDatabase.name, as: GlobalDatabase.gatewayRole) { pool in
            let added = try await pool.execute(
                Statement("Add", "INSERT INTO audit_log (actor, action) VALUES ('user:1', 'test')"), deadline: deadline)
            #expect(added == 1)
            let refused: [Statement] = [
                Statement("Update", "UPDATE audit_log SET actor = 'user:2'"),
                Statement("Delete", "DELETE FROM audit_log"),
                Statement("Truncate", "TRUNCATE audit_log", prepared: false),
                Statement("Promote", "UPDATE app_user SET is_super_admin = true"),
                Statement("Redirect", "UPDATE tenant SET database_address = ''"),
                Statement("CreateTable", "CREATE TABLE mine (i integer)", prepared: false),
            ]
            for statement in refused {
                let state = await sqlState { try await pool.execute(statement, deadline: deadline) }
                #expect(state == .insufficientPrivilege, "\(statement.name)")
            }
        }
    }
}
