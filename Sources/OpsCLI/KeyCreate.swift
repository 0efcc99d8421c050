import ArgumentParser
import Identity
import PostgresClient
import Shared

/// `camet key create`: an API key of a tenant, shown this once.
struct KeyCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes an API key and prints it; it cannot be shown again.")

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "What the key is for.")
    var name: String

    @Option(help: "Some of read, ingest, write, separated by commas; none implies another.")
    var scopes: String

    @OptionGroup var common: CommonOptions

    func validate() throws {
        try FlagRules.label(name, flag: "--name")
        _ = try FlagRules.scopes(scopes, flag: "--scopes")
    }

    func run() async throws {
        let scopes = try FlagRules.scopes(scopes, flag: "--scopes")
        let admin = try AdminAccess(try common.openSettings())
        let token = APIKeyToken()
        let keyID = try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
            return try await insert(token, tenant, scopes, pool)
        }
        try OpsAnswer.print(
            KeyItem(
                apiKeyID: keyID, apiKey: token.text, tenant: tenant, name: name, scopes: scopes.map(\.rawValue)),
            json: common.json, text: [token.text])
    }

    private func insert(
        _ token: APIKeyToken, _ tenant: RegisteredTenant, _ scopes: [KeyScope], _ pool: PostgresPool
    ) async throws -> Int {
        let deadline = ContinuousClock.now + .seconds(30)
        return try await pool.withTransaction(deadline: deadline) { transaction in
            let rows = try await transaction.query(
                Statement(
                    "InsertKey",
                    """
                    INSERT INTO api_key (tenant_id, public_id, secret_hash, name, scopes)
                    VALUES (\(tenant.tenantID), \(token.publicID), \(PostgresBytes(token.secretHash)), \(name),
                        \(scopes.map(\.rawValue)))
                    RETURNING api_key_id
                    """), deadline: deadline)
            let keyID = try rows.value(0, 0, as: Int.self)
            try await AuditEntry(
                action: "key.created", tenantID: tenant.tenantID, object: "key:\(token.publicID)",
                detail: ["name": name, "scopes": scopes.map(\.rawValue).joined(separator: ",")]
            ).write(transaction)
            return keyID
        }
    }
}

/// A new key as the verb prints it, the only time it is shown.
struct KeyItem: Encodable {
    let apiKeyID: Int
    let apiKey: String
    let tenant: String
    let name: String
    let scopes: [String]

    private enum CodingKeys: String, CodingKey {
        case apiKeyID = "api_key_id"
        case apiKey = "api_key"
        case tenant
        case name
        case scopes
    }
}
