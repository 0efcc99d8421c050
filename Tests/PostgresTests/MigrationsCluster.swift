import Foundation
import Identity
import Logging
import PostgresClient
import Synchronization

@testable import OpsCLI

/// A private PostgreSQL of this test run with a migrated global database and two tenants, reached on a Unix socket only.
///
/// Started once, when the first test asks; ended with the process.
struct MigrationsCluster: Sendable {
    let folder: String
    let settings: OpsSettings
    let admin: AdminAccess
    let migrations: MigrationFolder
    /// Two tenants of the same making.
    let tenants: [TenantDatabase]

    /// The one of this process.
    static let shared = Task { try await MigrationsCluster() }

    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    private init() async throws {
        folder = "/tmp/camet-m\(ProcessInfo.processInfo.processIdentifier)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try Self.run(["/bin/chmod", "0755", folder])
        if geteuid() == 0 { try Self.run(["/bin/chown", "postgres:", folder]) }
        let programs = "/usr/lib/postgresql/15/bin"
        let data = folder + "/data"
        try Self.run(
            Self.unprivileged + [
                "\(programs)/initdb", "--pgdata=\(data)", "--username=camet_admin", "--auth=trust", "--encoding=UTF8",
                "--locale=C.UTF-8", "--no-sync",
            ])
        try Self.run(
            Self.unprivileged + [
                "\(programs)/pg_ctl", "--pgdata=\(data)", "--log=\(folder)/log", "--wait", "--options",
                "-c listen_addresses= -c unix_socket_directories=\(folder) -c fsync=off", "start",
            ])
        stopAtExit(Self.unprivileged + ["\(programs)/pg_ctl", "--pgdata=\(data)", "--mode=immediate", "stop"], folder)
        settings = try OpsSettings(
            dataPath: folder + "/settings",
            environment: [
                "CAMET_ADMIN_DATABASE": "host=\(folder) user=camet_admin dbname=postgres",
                "CAMET_TENANT_DATABASE": "host=\(folder)",
                "CAMET_MIGRATIONS": Self.repository + "/Migrations",
            ])
        let secrets = OpsSecrets(settings: settings)
        try secrets.createMissing()
        admin = try AdminAccess(settings)
        migrations = try MigrationFolder(settings)
        _ = try await GlobalDatabase(admin: admin).create(gatewayPassword: try secrets.gatewayPassword())
        let (admin, set) = (admin, migrations)
        _ = try await admin.withGlobalDatabase { pool in
            try await MigrationRunner(pool: pool, database: "camet_global", owner: nil).run(set.global)
        }
        var tenants: [TenantDatabase] = []
        for _ in 0..<2 {
            let tenant = try TenantDatabase(name: TenantDatabase.newName(), address: "host=\(folder)")
            try await tenant.create(admin, workerPassword: DatabasePassword())
            _ = try await tenant.migrate(admin, set.tenant)
            tenants.append(tenant)
        }
        self.tenants = tenants
    }

    /// Lends a pool of a database, connected as a role.
    func withPool<Answer>(
        _ database: String, as role: String, _ body: (PostgresPool) async throws -> Answer
    ) async throws -> Answer {
        let pool = try PostgresPool(
            ConnectionSettings(address: "host=\(folder)", user: role, database: database),
            limits: PoolLimits(connections: 4),
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        do {
            let answer = try await body(pool)
            await pool.close()
            return answer
        } catch {
            await pool.close()
            throw error
        }
    }

    /// Lends a pool of a tenant's database, connected as its worker.
    func withWorker<Answer>(
        of tenant: TenantDatabase, _ body: (PostgresPool) async throws -> Answer
    ) async throws -> Answer {
        try await withPool(tenant.name.name, as: tenant.worker.name, body)
    }

    /// The schema as pg_dump writes it, without the runner's own table and with the database's name as `t`.
    func dump(_ database: String) throws -> [String] {
        let text = try Self.run([
            "/usr/lib/postgresql/15/bin/pg_dump", "--host=\(folder)", "--username=camet_admin", "--schema-only",
            "--exclude-table=schema_migration", database,
        ])
        // \restrict carries a random word.
        return text.replacing(database, with: "t").split(separator: "\n").map(String.init)
            .filter { !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict") }
    }

    /// Runs a program and gives its output; throws when it fails.
    ///
    /// By posix_spawn: Foundation's Process waits for every descendant that holds its descriptors, so for the server too.
    @discardableResult
    static func run(_ command: [String]) throws -> String {
        let output = FileManager.default.temporaryDirectory.appending(path: "camet-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: output) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, output, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
        var arguments = command.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var pid: pid_t = 0
        var status: Int32 = -1
        guard posix_spawn(&pid, command[0], &actions, nil, &arguments, environ) == 0, waitpid(pid, &status, 0) == pid,
            status == 0
        else { throw OpsFailure("\(command.joined(separator: " ")) failed with status \(status)") }
        return try String(contentsOfFile: output, encoding: .utf8)
    }

    /// PostgreSQL refuses to run as root.
    private static var unprivileged: [String] {
        geteuid() == 0
            ? ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] : ["/usr/bin/env"]
    }
}

/// Stops the cluster and removes its folder when the process ends.
private func stopAtExit(_ command: [String], _ folder: String) {
    Exit.work.withLock { $0 = (command, folder) }
    atexit {
        guard let (command, folder) = Exit.work.withLock({ $0 }) else { return }
        _ = try? MigrationsCluster.run(command)
        try? FileManager.default.removeItem(atPath: folder)
    }
}

private enum Exit {
    static let work = Mutex<([String], String)?>(nil)
}
