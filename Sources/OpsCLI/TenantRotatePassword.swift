import ArgumentParser
import Identity

/// `camet tenant rotate-password`: another password for the role of a tenant's worker.
struct TenantRotatePassword: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-password", abstract: "Gives the role of a tenant's worker another password.",
        discussion: """
            The running gateway replaces the worker by one that knows it, after what is in flight. Whatever the role's password
            was before does not matter: this also mends one that somebody has changed by hand. When it broke off half-way, the
            same command finishes it.
            """)

    @Option(help: "The tenant's slug.")
    var slug: String

    @OptionGroup var common: CommonOptions

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        let tenant = try await CommandLock.hold(admin) {
            // Read under the lock: the key may be changed before it is held.
            let sealing = try OpsSecrets(settings: settings).sealing()
            return try await admin.withGlobalDatabase { pool in
                let registry = TenantRegistry(pool)
                let tenant = try await registry.require(slug: slug, flag: "--slug")
                let password = DatabasePassword()
                let sealed = try sealing.seal(
                    Array(password.text.utf8), purpose: WorkerPasswordPurpose.of(database: tenant.databaseName))
                try await tenant.database().setWorkerPassword(password, admin)
                try await registry.setWorkerPassword(sealed, of: tenant)
                return tenant
            }
        }
        try OpsAnswer.print(
            TenantItem(tenant), json: common.json, text: ["The worker of \(slug) has another database password."])
    }
}
