import PostgresClient
import Shared

/// How a tenant is called.
enum ReadTenantName {
    static func statement(_ tenant: TenantID) -> Statement {
        Statement(
            "ReadTenantName",
            "SELECT slug, name FROM tenant WHERE tenant_id = \(Int32(tenant.rawValue))",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [String] {
        guard let row = rows.first else { return [] }
        return [try row.value(0), try row.value(1)]
    }
}
