import PostgresClient
import Shared

/// The roles of a tenant that need a second factor, after whoever changes them.
enum ReadTwoFactorRoles {
    static func statement(_ tenant: TenantID) -> Statement {
        Statement(
            "ReadTwoFactorRoles",
            """
            SELECT two_factor_roles FROM tenant WHERE tenant_id = \(Int32(tenant.rawValue)) FOR NO KEY UPDATE
            """
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Role] {
        guard let row = rows.first else { return [] }
        let names = Set(try row.value(0, as: [String].self))
        return Role.allCases.filter { names.contains($0.rawValue) }
    }
}
