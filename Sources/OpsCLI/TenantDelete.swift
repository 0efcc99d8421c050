import ArgumentParser

/// `camet tenant delete`: the end of a suspended client company and all its data.
struct TenantDelete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes a suspended tenant with its database, for good.",
        discussion: """
            Its database, roles and keys go, and users who belong to no other tenant. The audit log and archived months of
            detections stay. When it broke off half-way, the same command finishes it.
            """)

    @Option(help: "The tenant's slug.")
    var slug: String

    @Option(help: "The slug again, so that no slip deletes a company.")
    var confirm: String

    @OptionGroup var common: CommonOptions

    /// What was deleted.
    struct Item: Encodable {
        let slug: String
        let databaseName: String
        let deletedUsers: Int

        private enum CodingKeys: String, CodingKey {
            case slug
            case databaseName = "database_name"
            case deletedUsers = "deleted_users"
        }
    }

    func validate() throws {
        guard confirm == slug else { throw ValidationError("--confirm must be the slug again: \(slug)") }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let item = try await CommandLock.hold(admin) {
            try await admin.withGlobalDatabase { pool in
                let registry = TenantRegistry(pool)
                let tenant = try await registry.require(slug: slug, flag: "--slug")
                guard tenant.state == .suspended else {
                    throw OpsFailure("--slug: \(slug) is not suspended; run `tenant suspend --slug \(slug)` first")
                }
                try await GatewayWorkers(settings).waitForEnd(of: slug)
                try await tenant.database().drop(admin)
                let users = try await registry.remove(tenant)
                return Item(slug: slug, databaseName: tenant.databaseName, deletedUsers: users)
            }
        }
        try ImportKey.forget(settings, tenant: slug)
        try ImportFolder.forget(settings, tenant: slug)
        try OpsAnswer.print(
            item, json: common.json,
            text: [
                "Tenant \(item.slug) and its database \(item.databaseName) are deleted; "
                    + "users of no other tenant that went with it: \(item.deletedUsers)."
            ])
    }
}
