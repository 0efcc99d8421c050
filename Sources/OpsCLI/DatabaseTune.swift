import ArgumentParser

/// `camet database tune`: the care for indexes and statistics of tenants' databases.
struct DatabaseTune: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Adds indexes that are missing, and lists further ones.",
        discussion: """
            Compares each database with the indexes that the migrations make, adds what is missing while the system goes on,
            and shows the plan of the statement that an index is there for, before and after. Indexes that the product does
            not make are listed with their size and use; none is removed unless --drop names it. Statistics that are
            missing or old are gathered.
            """)

    @Option(help: "The slug of one tenant.")
    var tenant: String?

    @Flag(help: "Every active tenant.")
    var all = false

    @Flag(help: "Only tell what would be done.")
    var dryRun = false

    @Option(help: "An index to remove, as it is listed; may be given several times.")
    var drop: [String] = []

    @OptionGroup var common: CommonOptions

    func validate() throws {
        guard all != (tenant != nil) else { throw ValidationError("give --tenant or --all, and not both") }
        if !drop.isEmpty {
            guard tenant != nil else { throw ValidationError("--drop needs --tenant") }
            guard !dryRun else { throw ValidationError("--drop and --dry-run exclude each other") }
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let expected = try ExpectedIndexes(settings)
        let migrations = try MigrationFolder(settings).tenant
        let tenants = try await admin.withGlobalDatabase { pool in
            if let tenant { return [try await TenantRegistry(pool).require(slug: tenant, flag: "--tenant")] }
            return try await TenantRegistry(pool).all().filter { $0.state == .active }
        }
        var items: [TuneItem] = []
        var failures: [String] = []
        for tenant in tenants {
            do {
                let item = try await TenantTuning(
                    tenant: tenant, admin: admin, expected: expected, migrations: migrations, isDryRun: dryRun,
                    dropped: drop
                ).run()
                items.append(item)
                failures += item.missing.filter { $0.failure != nil }.map {
                    "\(item.tenant): \($0.index) was not added"
                }
            } catch {
                // One company's trouble is not the next one's.
                failures.append("\(tenant.slug): \(OpsFailure.describe(error))")
            }
        }
        try OpsAnswer.print(ItemList(items: items), json: common.json, text: items.flatMap(\.text))
        guard failures.isEmpty else { throw OpsFailure(failures.joined(separator: "; ")) }
    }
}
