import ArgumentParser
import PostgresClient

/// `camet key list`: the keys of a tenant that are not revoked, those of the API and those of the database.
struct KeyList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists the keys of a tenant that are not revoked.")

    @Option(help: "The tenant's slug.")
    var tenant: String

    @OptionGroup var common: CommonOptions

    /// A key without what opens with it.
    struct Item: Encodable {
        /// What `key revoke` takes: a key's public id, or the name of a role.
        let key: String
        let kind: String
        let name: String
        /// Of a key of the API.
        let scopes: [String]

        private enum CodingKeys: String, CodingKey {
            case key
            case kind
            case name
            case scopes
        }
    }

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        let items = try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
            let database = try await DatabaseKeys(database: tenant.database(), admin: admin).all().map {
                Item(key: $0.role.name, kind: $0.kind.rawValue, name: $0.name, scopes: [])
            }
            return try await Self.keysOfAPI(tenant, pool) + database
        }
        try OpsAnswer.print(
            ItemList(items: items), json: common.json,
            text: OpsAnswer.table(
                ["KEY", "KIND", "SCOPES", "NAME"],
                items.map { [$0.key, $0.kind, $0.scopes.isEmpty ? "-" : $0.scopes.joined(separator: ","), $0.name] }))
    }

    private static func keysOfAPI(_ tenant: RegisteredTenant, _ pool: PostgresPool) async throws -> [Item] {
        let rows = try await pool.query(
            Statement(
                "ListKeys",
                """
                SELECT public_id, name, scopes FROM api_key
                WHERE tenant_id = \(tenant.tenantID) AND revoked_at IS NULL ORDER BY api_key_id
                """), deadline: .now + .seconds(30))
        return try rows.map { row in
            Item(
                key: try row.value(0), kind: "api", name: try row.value(1), scopes: try row.value(2, as: [String].self))
        }
    }
}
