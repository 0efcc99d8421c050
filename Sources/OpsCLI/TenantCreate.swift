import ArgumentParser

/// `camet tenant create`: a client company with its own database and roles.
struct TenantCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a tenant with a database of its own.",
        discussion: "When it broke off half-way, the same command finishes it.")

    @Option(help: "Short name in addresses and commands: a-z, 0-9, hyphens.")
    var slug: String

    @Option(help: "The company's name.")
    var name: String

    @Option(help: "IANA time zone, as America/Argentina/Buenos_Aires.")
    var timezone: String

    @Option(help: "Language of its pages: es or en.")
    var locale = "es"

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try FlagRules.slug(slug, flag: "--slug")
        try FlagRules.label(name, flag: "--name")
        try FlagRules.timezone(timezone, flag: "--timezone")
        try FlagRules.language(locale, flag: "--locale")
    }

    func run() async throws {
        let settings = try common.openSettings()
        let migrations = try MigrationFolder(settings)
        let admin = try AdminAccess(settings)
        let address = try Self.address(settings)
        let tenant = try await CommandLock.hold(admin) {
            // Read under the lock: the key may be changed before it is held.
            let sealing = try OpsSecrets(settings: settings).sealing()
            return try await admin.withGlobalDatabase { pool in
                let registry = TenantRegistry(pool)
                let entered = try await registry.enter(
                    slug: slug, name: name, timezone: timezone, locale: locale, address: address, sealing: sealing)
                let database = try entered.tenant.database()
                try await database.create(admin, workerPassword: entered.workerPassword)
                _ = try await database.migrate(admin, migrations.tenant)
                try await registry.activate(entered.tenant)
                return try await registry.require(slug: slug, flag: "--slug")
            }
        }
        try OpsAnswer.print(
            TenantItem(tenant), json: common.json,
            text: ["Tenant \(tenant.slug) is active; its database is \(tenant.databaseName)."])
    }

    /// Where new tenants' databases are made: CAMET_TENANT_DATABASE.
    private static func address(_ settings: OpsSettings) throws(OpsFailure) -> String {
        let address = try settings.required("CAMET_TENANT_DATABASE")
        let keys = address.split(separator: " ").map { $0.prefix { $0 != "=" } }
        for key in ["user", "dbname", "password", "passfile", "service"] where keys.contains(Substring(key)) {
            throw OpsFailure("CAMET_TENANT_DATABASE must not hold \(key): it names a server alone")
        }
        guard !keys.isEmpty, !address.contains("://") else {
            throw OpsFailure("CAMET_TENANT_DATABASE must be key=value pairs, as in: host=/run/postgresql port=5432")
        }
        return address
    }
}
