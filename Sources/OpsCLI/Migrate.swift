import ArgumentParser
import Foundation
import PostgresClient

/// `camet migrate`: global database first, then those of all tenants or of one.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Brings the databases to the newest schema.",
        discussion: """
            Makes the global database, the gateway's role and missing secrets at the first run. Each migration is one
            transaction; running again continues after a failure and changes nothing when all is done. A tenant whose
            migration fails keeps the schema it has and is served on it; the verb then ends with 1.
            """)

    @Flag(help: "Only tell what each database lacks.")
    var status = false

    @Option(help: "The slug of one tenant; the global database must be up to date.")
    var tenant: String?

    @Flag(help: "The global database and every tenant; the default.")
    var all = false

    @Option(help: "So many tenants at the same time, 1 to 32.")
    var parallel = 4

    @Option(help: "After so many failures no further tenant is begun.")
    var stopAfter = 1

    @OptionGroup var common: CommonOptions

    func validate() throws {
        if all, tenant != nil { throw ValidationError("--all and --tenant exclude each other") }
        guard (1...32).contains(parallel) else { throw ValidationError("--parallel takes a number from 1 to 32") }
        guard stopAfter >= 1 else { throw ValidationError("--stop-after takes a number from 1") }
    }

    /// What became of one database; each is what it is called in the answer.
    enum Result: String, Encodable {
        /// It has all migrations.
        case done
        case failed
        /// Not begun, after failures of others.
        case untried
        /// Only looked at.
        case seen
    }

    /// One database with what was applied now, or what is lacking.
    struct Item: Encodable {
        let database: String
        let tenant: String?
        /// Null when the database could not be read.
        let version: Int?
        let applied: [String]
        let pending: [String]
        let result: Result
        /// Why it failed; null when it did not.
        let error: String?

        private enum CodingKeys: String, CodingKey {
            case database
            case tenant
            case version
            case applied
            case pending
            case result
            case error
        }

        /// Says null for no tenant, where the synthesised form would leave the key out.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(database, forKey: .database)
            try container.encode(tenant, forKey: .tenant)
            try container.encode(version, forKey: .version)
            try container.encode(applied, forKey: .applied)
            try container.encode(pending, forKey: .pending)
            try container.encode(result, forKey: .result)
            try container.encode(error, forKey: .error)
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let migrations = try MigrationFolder(settings)
        if !status { try OpsSecrets(settings: settings).createMissing() }
        let admin = try AdminAccess(settings)
        let items = status ? try await tell(admin, migrations) : try await apply(settings, admin, migrations)
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["DATABASE", "TENANT", "VERSION", "RESULT", "APPLIED", "PENDING"],
                items.map {
                    [
                        $0.database, $0.tenant ?? "-", $0.version.map(String.init) ?? "?", $0.result.rawValue,
                        $0.applied.joined(separator: ","), $0.pending.joined(separator: ","),
                    ]
                }))
        try Self.tellFailures(items)
    }

    private static func tellFailures(_ items: [Item]) throws {
        let failed = items.filter { $0.result == .failed }
        guard !failed.isEmpty else { return }
        for item in failed { warn("tenant \(item.tenant ?? "-") is left as it was: \(item.error ?? "")") }
        let untried = items.count { $0.result == .untried }
        throw OpsFailure("\(failed.count) failed, \(untried) were not tried; the others are done")
    }

    private func apply(
        _ settings: OpsSettings, _ admin: AdminAccess, _ migrations: MigrationFolder
    ) async throws -> [Item] {
        let gatewayPassword = try OpsSecrets(settings: settings).gatewayPassword()
        return try await CommandLock.hold(admin) {
            var items: [Item] = []
            if tenant == nil {
                let open = try await GlobalDatabase(admin: admin).create(gatewayPassword: gatewayPassword)
                if !open.isEmpty {
                    Self.warn(
                        "every role may connect to \(open.joined(separator: " and ")); as a superuser run: "
                            + open.map { "REVOKE ALL ON DATABASE \($0) FROM PUBLIC;" }.joined(separator: " "))
                }
                let done = try await admin.withGlobalDatabase { pool in
                    try await MigrationRunner(pool: pool, database: GlobalDatabase.name, owner: nil)
                        .run(migrations.global)
                }
                items.append(item(GlobalDatabase.name, nil, migrations.global, done))
            }
            let ended = await TenantMigrations(
                admin: admin, set: migrations.tenant, parallel: parallel, stopAfter: stopAfter
            ).run(try await chosenTenants(admin, migrations))
            return items + ended.map { item($0) }
        }
    }

    private func tell(_ admin: AdminAccess, _ migrations: MigrationFolder) async throws -> [Item] {
        var items: [Item] = []
        if tenant == nil {
            let plan = try await admin.withGlobalDatabase { pool in
                try await MigrationRunner(pool: pool, database: GlobalDatabase.name, owner: nil).plan(migrations.global)
            }
            items.append(item(GlobalDatabase.name, nil, plan))
            if plan.applied.isEmpty { return items }
        }
        for tenant in try await chosenTenants(admin, migrations) {
            items.append(
                item(tenant.databaseName, tenant.slug, try await tenant.database().plan(admin, migrations.tenant)))
        }
        return items
    }

    /// The tenants to look at; those half-made are left to `tenant create`.
    private func chosenTenants(_ admin: AdminAccess, _ migrations: MigrationFolder) async throws -> [RegisteredTenant] {
        try await admin.withGlobalDatabase { pool in
            let registry = TenantRegistry(pool)
            if let slug = tenant {
                let tenant = try await registry.require(slug: slug, flag: "--tenant")
                guard tenant.state != .creating else {
                    throw OpsFailure("--tenant: \(slug) is half-made; run tenant create again to finish it")
                }
                return [tenant]
            }
            return try await registry.all().filter { tenant in
                if tenant.state == .creating {
                    Self.warn("tenant \(tenant.slug) is half-made; run tenant create again to finish it")
                }
                return tenant.state != .creating
            }
        }
    }

    private func item(_ database: String, _ tenant: String?, _ set: MigrationSet, _ done: [MigrationFile]) -> Item {
        Item(
            database: database, tenant: tenant, version: set.files.count, applied: done.map(\.title), pending: [],
            result: .done, error: nil)
    }

    private func item(_ ended: TenantMigration) -> Item {
        let (result, error): (Result, String?) =
            switch ended.outcome {
            case .done: (.done, nil)
            case .failed(let failure): (.failed, failure.description)
            case .untried: (.untried, nil)
            }
        return Item(
            database: ended.tenant.databaseName, tenant: ended.tenant.slug, version: ended.plan?.applied.count,
            applied: ended.applied.map(\.title), pending: ended.plan?.pending.map(\.title) ?? [], result: result,
            error: error)
    }

    private func item(_ database: String, _ tenant: String?, _ plan: MigrationPlan) -> Item {
        Item(
            database: database, tenant: tenant, version: plan.applied.count, applied: [],
            pending: plan.pending.map(\.title), result: .seen, error: nil)
    }

    private static func warn(_ message: String) {
        FileHandle.standardError.write(Data("camet: \(message)\n".utf8))
    }
}
