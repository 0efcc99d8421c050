import ArgumentParser
import PostgresClient

/// `camet key revoke`: the end of a key of the API or of the database.
struct KeyRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Ends a key for good.",
        discussion: """
            A key of the API is refused within 5 s; the file of that of imports is deleted. A role of the database is dropped \
            and its sessions end; what it wrote stays.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "A key as `key list` names it.")
    var key: String

    @OptionGroup var common: CommonOptions

    /// What was revoked.
    struct Item: Encodable {
        let key: String
        let revoked = true

        private enum CodingKeys: String, CodingKey {
            case key
            case revoked
        }
    }

    func run() async throws {
        let settings = try common.openSettings()
        let admin = try AdminAccess(settings)
        try await CommandLock.hold(admin) {
            try await admin.withGlobalDatabase { pool in
                let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
                let keys = DatabaseKeys(database: try tenant.database(), admin: admin)
                try await pool.withTransaction(deadline: .now + .seconds(120)) { transaction in
                    if try await !APIKeyWriter.revoke(key, of: tenant, transaction), try await !keys.revoke(key) {
                        throw OpsFailure("--key: \(self.tenant) has no key \(key)")
                    }
                    try await AuditEntry(action: "key.revoked", tenantID: tenant.tenantID, object: "key:\(key)")
                        .write(transaction)
                }
            }
        }
        try ImportKey.forget(key, settings, tenant: tenant)
        try OpsAnswer.print(Item(key: key), json: common.json, text: ["Key \(key) is revoked."])
    }
}
