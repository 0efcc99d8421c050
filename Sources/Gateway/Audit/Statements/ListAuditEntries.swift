import PostgresClient
import Shared

/// Entries of the audit log that concern a tenant, newest first.
enum ListAuditEntries {
    struct Row: Sendable {
        var id: Int64
        var recordedAt: Instant
        var actor: String
        /// The user's or key's name as it is now, the operator's own; nil for whoever is not known any more.
        var actorName: String?
        var action: String
        var object: String?
        /// JSON of an object.
        var detail: String
        var address: String?
        var requestID: String?
        /// In hexadecimal.
        var hash: String
    }

    /// What is asked for; nil: no matter which.
    struct Filter: Sendable {
        var from: Instant?
        var to: Instant?
        var actor: String?
        /// What the action begins with.
        var action: String?
        var object: String?
        /// A part of anything a person reads in an entry, in any case.
        var text: String?
    }

    /// - Parameter before: the number of the last entry of the page before.
    static func statement(_ tenant: TenantID, _ filter: Filter, before: Int64, limit: Int) -> Statement {
        Statement(
            "ListAuditEntries",
            """
            SELECT audit_id, recorded_at, actor, name, action, object, detail::text, abbrev(entry.address), request_id,
                encode(hash, 'hex')
            FROM audit_log AS entry CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN actor ~ '^user:[0-9]{1,9}$' THEN
                        (SELECT username FROM app_user WHERE user_id = substr(actor, 6)::integer)
                    WHEN starts_with(actor, 'key:') THEN
                        (SELECT api_key.name FROM api_key WHERE public_id = substr(actor, 5))
                    WHEN starts_with(actor, 'cli:') THEN substr(actor, 5)
                END AS name
            ) AS named
            WHERE tenant_id = \(Int32(tenant.rawValue)) AND audit_id < \(before)
                AND (\(timestamp(filter.from)) IS NULL OR recorded_at >= \(timestamp(filter.from)))
                AND (\(timestamp(filter.to)) IS NULL OR recorded_at < \(timestamp(filter.to)))
                AND (\(filter.actor) IS NULL OR actor = \(filter.actor))
                AND (\(filter.action) IS NULL OR starts_with(action, \(filter.action)))
                AND (\(filter.object) IS NULL OR object = \(filter.object))
                AND (\(filter.text) IS NULL OR position(lower(\(filter.text)) IN lower(concat_ws(
                    ' ', actor, name, action, object, detail::text, abbrev(entry.address), request_id))) > 0)
            ORDER BY audit_id DESC LIMIT \(Int32(limit))
            """,
            idempotent: true
        )
    }

    static func read(_ rows: Rows) throws(PostgresError) -> [Row] {
        var entries: [Row] = []
        for row in rows {
            entries.append(
                Row(
                    id: try row.value(0),
                    recordedAt: Instant(microseconds: try row.value(1, as: PostgresTimestamp.self).microseconds),
                    actor: try row.value(2),
                    actorName: try row.optional(3),
                    action: try row.value(4),
                    object: try row.optional(5),
                    detail: try row.value(6),
                    address: try row.optional(7),
                    requestID: try row.optional(8),
                    hash: try row.value(9)
                ))
        }
        return entries
    }

    private static func timestamp(_ instant: Instant?) -> PostgresTimestamp? {
        instant.map { PostgresTimestamp(microseconds: $0.microseconds) }
    }
}
