import PostgresClient
import Shared

/// Where a tenant's database is and as whom its worker connects.
enum ReadTenantDatabase {
    struct Row: Sendable {
        var slug: String
        var timeZone: String
        var isActive: Bool
        var databaseName: String
        var address: String
        var role: String
        var sealedPassword: [UInt8]
    }

    static func statement(_ tenant: TenantID) -> Statement {
        Statement(
            "ReadTenantDatabase",
            """
            SELECT slug, timezone, state = 'active', database_name, database_address, worker_role,
                worker_password_sealed
            FROM tenant WHERE tenant_id = \(Int32(tenant.rawValue))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> Row? {
        guard let row = rows.first else { return nil }
        return Row(
            slug: try row.value(0),
            timeZone: try row.value(1),
            isActive: try row.value(2),
            databaseName: try row.value(3),
            address: try row.value(4),
            role: try row.value(5),
            sealedPassword: try row.value(6, as: PostgresBytes.self).bytes
        )
    }
}
