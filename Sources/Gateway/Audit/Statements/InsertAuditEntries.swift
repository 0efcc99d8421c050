import PostgresClient
import Shared

/// Several entries of the audit log, in their order.
enum InsertAuditEntries {
    static func statement(_ records: [AuditRecord]) -> Statement {
        Statement(
            "InsertAuditEntries",
            """
            INSERT INTO audit_log (actor, tenant_id, action, object, detail, address, request_id)
            SELECT actor, tenant_id, action, object, detail::jsonb, address::inet, request_id
            FROM unnest(
                \(records.map(\.actor)), \(records.map { $0.tenant.map { Int32($0.rawValue) } }),
                \(records.map(\.action)), \(records.map(\.object)), \(records.map(\.detail)),
                \(records.map(\.caller.network)), \(records.map(\.caller.requestID))
            ) WITH ORDINALITY
                AS entry (actor, tenant_id, action, object, detail, address, request_id, place)
            ORDER BY place
            """
        )
    }
}
