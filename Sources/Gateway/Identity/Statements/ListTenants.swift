import PostgresClient
import Shared

/// Every tenant that has been made, by slug.
enum ListTenants {
    static func statement() -> Statement {
        Statement(
            "ListTenants",
            "SELECT tenant_id, slug FROM tenant WHERE state <> 'creating' ORDER BY slug",
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [TenantName] {
        var tenants: [TenantName] = []
        for row in rows {
            tenants.append(TenantName(tenant: TenantID(try row.value(0)), slug: try row.value(1)))
        }
        return tenants
    }
}
