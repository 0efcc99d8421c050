import Identity
import PostgresClient

/// A new role of a tenant's database as the verb prints it, the only time its password is shown.
struct DatabaseKeyItem: Encodable {
    let databaseRole: String
    let kind: String
    let tenant: String
    let name: String
    /// libpq's `key=value` text with role and password.
    let connection: String
    /// Commands of a shell that work as they are.
    let examples: [String]

    private enum CodingKeys: String, CodingKey {
        case databaseRole = "database_role"
        case kind
        case tenant
        case name
        case connection
        case examples
    }

    init(
        _ key: DatabaseKey, _ password: DatabasePassword, tenant: String, _ database: TenantDatabase,
        _ example: DatabaseKeyExample
    ) {
        databaseRole = key.role.name
        kind = key.kind.rawValue
        self.tenant = tenant
        name = key.name
        let connection =
            "\(database.address) dbname=\(database.name.name) user=\(key.role.name) password=\(password.text)"
        self.connection = connection
        examples = example.commands.map { "psql \(Self.quoted(connection)) -c \(Self.quoted($0))" }
    }

    /// What a person gets to read.
    var lines: [String] { [connection, ""] + examples }

    /// As one word of a shell.
    private static func quoted(_ text: String) -> String {
        "'\(text.replacing("'", with: #"'\''"#))'"
    }
}

/// What a new role can do at once, for psql.
struct DatabaseKeyExample {
    let commands: [String]

    /// Names a line, area and product that exist, or 1 where there is none yet.
    static func of(
        _ kind: DatabaseKeyKind, _ database: TenantDatabase, _ admin: AdminAccess
    ) async throws -> DatabaseKeyExample {
        switch kind {
        case .reader:
            return DatabaseKeyExample(commands: ["SELECT * FROM production_per_day ORDER BY day DESC, line_id LIMIT 20"]
            )
        case .writer:
            let rows = try await admin.withPool(database.name, at: database.address) { pool in
                try await pool.query(
                    Statement(
                        "FindWritableArea",
                        """
                        SELECT area.line_id, area.area_id, product.product_id FROM area CROSS JOIN product
                        ORDER BY area.line_id, area.area_type = 'output' DESC, area.area_id, product.product_id LIMIT 1
                        """), deadline: .now + .seconds(30))
            }
            let ids = try rows.first.map { row in try (0..<3).map { try row.value($0, as: Int.self) } } ?? [1, 1, 1]
            let table = "detection_line_\(ids[0]) (detected_at, area_id, product_id)"
            return DatabaseKeyExample(commands: [
                "INSERT INTO \(table) VALUES (now(), \(ids[1]), \(ids[2]))",
                "\\copy \(table) FROM PROGRAM 'date --utc +%Y-%m-%dT%H:%M:%SZ,\(ids[1]),\(ids[2])' CSV",
            ])
        }
    }
}
