import PostgresClient
import Shared

/// An entry of the audit log, in the transaction that does what it tells of.
///
/// It is the last thing such a transaction does: entries take turns from here to the end of their transactions.
enum InsertAuditEntry {
    static func statement(_ record: AuditRecord) -> Statement {
        Statement(
            "InsertAuditEntry",
            """
            INSERT INTO audit_log (actor, tenant_id, action, object, detail, address, request_id)
            VALUES (\(record.actor), \(record.tenant.map { Int32($0.rawValue) }), \(record.action), \(record.object),
                \(record.detail)::text::jsonb, \(record.caller.network)::text::inet, \(record.caller.requestID))
            """
        )
    }

    /// What a person did.
    ///
    /// - Parameters:
    ///   - action: what was done, as `session.switched`.
    ///   - object: the thing it was done to.
    ///   - detail: JSON of an object.
    static func statement(
        user: UserID, tenant: TenantID, action: String, object: String?, detail: String = "{}", from caller: Caller
    ) -> Statement {
        statement(
            AuditRecord(
                actor: AuditRecord.actor(user), tenant: tenant, action: action, object: object, detail: detail,
                from: caller))
    }

    /// Where a request came from.
    struct Caller: Sendable, Equatable {
        var address: ClientAddress
        /// Nil where it is not known.
        var requestID: String?

        /// As PostgreSQL's inet reads it; nil for a socket of this machine.
        var network: String? { address.isLocal ? nil : address.description }
    }
}

extension OpenContext {
    var caller: InsertAuditEntry.Caller { InsertAuditEntry.Caller(address: clientAddress, requestID: requestID) }
}
