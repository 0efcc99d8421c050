import ArgumentParser
import Identity
import PostgresClient
import Shared

/// `camet key create`: an API key of a tenant, or a role of its database; shown this once.
struct KeyCreate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Makes a key and prints it; it cannot be shown again.",
        discussion: """
            With --scopes a key of the API; with --database-writer or --database-reader a role of the company's database, for
            programs that write detections, or people who read figures, with SQL of their own.
            """)

    @Option(help: "The tenant's slug.")
    var tenant: String

    @Option(help: "What the key is for.")
    var name: String

    @Option(help: "Some of read, ingest, write, separated by commas; none implies another.")
    var scopes: String?

    @Flag(help: "A role that adds rows to detection_line_<id> and reads nothing.")
    var databaseWriter = false

    @Flag(help: "A role that reads the views of camet_report.")
    var databaseReader = false

    @OptionGroup var common: CommonOptions

    private enum Kind {
        case api([KeyScope])
        case database(DatabaseKeyKind)
    }

    private func kind() throws -> Kind {
        switch (scopes, databaseWriter, databaseReader) {
        case (let scopes?, false, false): .api(try FlagRules.scopes(scopes, flag: "--scopes"))
        case (nil, true, false): .database(.writer)
        case (nil, false, true): .database(.reader)
        default: throw ValidationError("one of --scopes, --database-writer and --database-reader is needed")
        }
    }

    func validate() throws {
        try FlagRules.label(name, flag: "--name")
        _ = try kind()
    }

    func run() async throws {
        let admin = try AdminAccess(try common.openSettings())
        switch try kind() {
        case .api(let scopes): try await makeAPIKey(scopes, admin)
        case .database(let kind): try await makeDatabaseKey(kind, admin)
        }
    }

    private func makeAPIKey(_ scopes: [KeyScope], _ admin: AdminAccess) async throws {
        let token = APIKeyToken()
        let keyID = try await admin.withGlobalDatabase { pool in
            let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
            return try await APIKeyWriter(pool: pool).insert(token, of: tenant, name: name, scopes: scopes)
        }
        try OpsAnswer.print(
            KeyItem(
                apiKeyID: keyID, apiKey: token.text, tenant: tenant, name: name, scopes: scopes.map(\.rawValue)),
            json: common.json, text: [token.text])
    }

    private func makeDatabaseKey(_ kind: DatabaseKeyKind, _ admin: AdminAccess) async throws {
        let made = try await CommandLock.hold(admin) {
            try await admin.withGlobalDatabase { pool in
                let tenant = try await TenantRegistry(pool).require(slug: self.tenant, flag: "--tenant")
                let database = try tenant.database()
                let keys = DatabaseKeys(database: database, admin: admin)
                let key = try keys.newKey(kind, name: name)
                // The entry is committed after the role is made: a role without one was never told to anybody.
                let password = try await pool.withTransaction(deadline: .now + .seconds(60)) { transaction in
                    try await AuditEntry(
                        action: "key.created", tenantID: tenant.tenantID, object: "key:\(key.role.name)",
                        detail: ["name": name, "kind": kind.rawValue]
                    ).write(transaction)
                    return try await keys.create(key)
                }
                let example = try await DatabaseKeyExample.of(kind, database, admin)
                return DatabaseKeyItem(key, password, tenant: self.tenant, database, example)
            }
        }
        try OpsAnswer.print(made, json: common.json, text: made.lines)
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
