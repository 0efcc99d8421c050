import ArgumentParser

/// `camet tenant suspend`: a client company is not served until `tenant resume`.
struct TenantSuspend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "suspend", abstract: "Serves a tenant no more, until `tenant resume`.",
        discussion: """
            At once: its worker ends when what is in flight is finished, its people get 403 tenant_suspended and nobody signs in;
            its API keys are 401, and those of its database cannot connect. Data, users and keys stay.
            """)

    @Option(help: "The tenant's slug.")
    var slug: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let tenant = try await admin.withGlobalDatabase { pool in
            let registry = TenantRegistry(pool)
            let tenant = try await registry.require(slug: slug, flag: "--slug")
            guard try await registry.change(tenant, from: .active, to: .suspended) else {
                throw OpsFailure("--slug: \(slug) is not complete yet; run `tenant create` again")
            }
            return try await registry.require(slug: slug, flag: "--slug")
        }
        do {
            try await DatabaseKeys(database: try tenant.database(), admin: admin).shut()
        } catch {
            throw OpsFailure(
                "\(slug) is suspended, but the keys of its database could not be shut out (run the same again): "
                    + OpsFailure.describe(error))
        }
        try await GatewayWorkers(settings).waitForEnd(of: slug)
        try OpsAnswer.print(
            TenantItem(tenant), json: common.json, text: ["Tenant \(slug) is suspended; its worker does not run."])
    }
}
