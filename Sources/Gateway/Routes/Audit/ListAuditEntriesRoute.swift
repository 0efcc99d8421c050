import HTTPTypes
import PostgresClient
import Shared

/// GET /api/v1/audit: what was done in the caller's tenant, newest first.
struct ListAuditEntriesRoute: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/api/v1/audit", "What was done, newest first",
            .tenant(roles: .adminsAndAbove, scopes: []) { context in
                var query = QueryFields(context.request.uri.query)
                let limit = Int(query.limit())
                let before = query.integer("cursor", in: 1...Int64.max) ?? .max
                let filter = ListAuditEntries.Filter(
                    from: query.instant("from"),
                    to: query.instant("to"),
                    actor: query.filterText("actor"),
                    action: query.filterText("action"),
                    object: query.filterText("object"),
                    text: query.filterText("q")
                )
                try query.finish()
                let entries = try await databaseFaults {
                    try await ListAuditEntries.read(
                        services.pool.query(
                            ListAuditEntries.statement(context.tenant, filter, before: before, limit: limit + 1),
                            deadline: .now + .seconds(10)))
                }
                return .json(Self.json(entries, limit: limit))
            })
    }

    private static func json(_ entries: [ListAuditEntries.Row], limit: Int) -> JSONWriter {
        var json = JSONWriter(reservingCapacity: 4_096)
        json.object { json in
            json.key("items")
            json.array { json in
                for entry in entries.prefix(limit) { write(entry, to: &json) }
            }
            json.field("next_cursor", entries.count > limit ? String(entries[limit - 1].id) : nil)
        }
        return json
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

extension QueryFields {
    private static let longestFilter = 200

    /// An instant with its offset.
    mutating func instant(_ name: String) -> Instant? {
        guard let text = text(name) else { return nil }
        guard let instant = try? Instant(iso8601: text) else {
            fault(name, .invalidTime, limit: "YYYY-MM-DDTHH:MM:SSZ")
            return nil
        }
        return instant
    }

    /// A text to look for, of up to 200 characters.
    mutating func filterText(_ name: String) -> String? {
        guard let text = text(name) else { return nil }
        guard !text.isEmpty, !text.utf8.contains(0) else {
            fault(name, text.isEmpty ? .blank : .invalidFormat)
            return nil
        }
        guard text.count <= Self.longestFilter else {
            fault(name, .tooLong, limit: String(Self.longestFilter))
            return nil
        }
        return text
    }
}
