import PostgresClient
import Shared

/// What a person did, for the audit log.
enum InsertAuditEntry {
    /// - Parameters:
    ///   - action: what was done, as `session.switched`.
    ///   - object: the thing it was done to.
    static func statement(
        user: UserID, tenant: TenantID, action: String, object: String, from caller: Caller
    ) -> Statement {
        Statement(
            "InsertAuditEntry",
            """
            INSERT INTO audit_log (actor, tenant_id, action, object, address, request_id)
            VALUES (\("user:\(user)"), \(Int32(tenant.rawValue)), \(action), \(object),
                \(caller.address.isLocal ? nil : caller.address.description)::text::inet, \(caller.requestID))
            """
        )
    }

    /// Where a request came from.
    struct Caller: Sendable {
        var address: ClientAddress
        var requestID: String
    }
}

extension OpenContext {
    var caller: InsertAuditEntry.Caller { InsertAuditEntry.Caller(address: clientAddress, requestID: requestID) }
}
