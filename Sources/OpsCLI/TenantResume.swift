import ArgumentParser

/// `camet tenant resume`: a suspended client company is served again.
struct TenantResume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume", abstract: "Serves a suspended tenant again, with the sign-ins and keys it had.")

    @Option(help: "The tenant's slug.")
    var slug: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let tenant = try await CommandLock.hold(admin) {
            try await admin.withGlobalDatabase { pool in
                let registry = TenantRegistry(pool)
                let tenant = try await registry.require(slug: slug, flag: "--slug")
                guard try await tenant.database().exists(admin) else {
                    throw OpsFailure("--slug: the database of \(slug) is gone: run `tenant delete` again")
                }
                guard try await registry.change(tenant, from: .suspended, to: .active) else {
                    throw OpsFailure("--slug: \(slug) is not complete yet; run `tenant create` again")
                }
                try await DatabaseKeys(database: try tenant.database(), admin: admin).open()
                return try await registry.require(slug: slug, flag: "--slug")
            }
        }
        try OpsAnswer.print(TenantItem(tenant), json: common.json, text: ["Tenant \(slug) is active."])
    }
}
