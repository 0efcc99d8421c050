import HTTPTypes
import PostgresClient
import Shared

/// GET /api/v1/audit: what was done in the caller's tenant, newest first.
struct ListAuditEntriesRoute: Sendable {
    private struct Query: QueryParameters {
        let limit: Int
        /// The number of the last entry of the page before.
        let before: Int64
        let filter: ListAuditEntries.Filter

        init(_ fields: inout QueryFields) {
            limit = Int(fields.limit())
            before = fields.integer("cursor", in: 1...Int64.max) ?? .max
            filter = ListAuditEntries.Filter(
                from: fields.instant("from"),
                to: fields.instant("to"),
                actor: fields.filterText("actor"),
                action: fields.filterText("action"),
                object: fields.filterText("object"),
                text: fields.filterText("q")
            )
        }
    }

    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/audit", "What was done, newest first",
            .operation(
                "listAuditEntries", .audit, "Each entry is chained to the one before it by `hash`.", query: Query.self,
                answers: .ok(.page(of: .auditEntry))),
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                let query = try Query(of: context.request)
                let limit = query.limit
                let entries = try await databaseFaults {
                    try await ListAuditEntries.read(
                        services.pool.query(
                            ListAuditEntries.statement(
                                context.tenant, query.filter, before: query.before, limit: limit + 1),
                            deadline: .now + .seconds(10)))
                }
                return .page(entries, limit: limit, cursor: { String($0.id) }) { Self.write($0, to: &$1) }
            })
    }

    private static func write(_ entry: ListAuditEntries.Row, to json: inout JSONWriter) {
        json.object { json in
            json.field("audit_id", entry.id)
            json.field("recorded_at", entry.recordedAt)
            json.field("actor", entry.actor)
            json.field("actor_name", entry.actorName)
            json.field("action", entry.action)
            json.field("object", entry.object)
            json.key("detail")
            // Read and written anew, so that what people typed is escaped as in every other answer.
            if let detail = try? JSONReader.value(of: Array(entry.detail.utf8)) {
                json.value(detail)
            } else {
                json.null()
            }
            json.field("address", entry.address)
            json.field("request_id", entry.requestID)
            json.field("hash", entry.hash)
        }
    }
}
