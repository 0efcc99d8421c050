import Foundation
import HTTPTypes
import Shared

/// GET /admin/audit: what was done in the company, newest first, with search.
struct AuditPage: Sendable {
    static let apiPath = "/api/v1/audit"
    private static let rowsPerPage = 50

    private let pages: AdministrationPages

    init(_ pages: AdministrationPages) {
        self.pages = pages
    }

    func routes(_ page: AdministrationRoutes.Row) -> [Route] {
        [
            page(.get, "/admin/audit", "What was done, newest first", pages.api.roles(.get, Self.apiPath)) {
                try await show($0)
            }
        ]
    }

    private func show(_ context: TenantContext) async throws -> Response {
        let frame = try await pages.frame(context, .audit)
        var query = QueryFields(formQuery: context.request.uri.query)
        let zoneName = try await pages.tenantZone(context)
        let zone = TimeZoneRules.named(zoneName)
        var asked = AdministrationAuditModel.Asked()
        asked.text = String((query.text("q") ?? "").prefix(200))
        asked.action = query.text("action") ?? ""
        asked.from = query.text("from") ?? ""
        asked.to = query.text("to") ?? ""
        asked.cursor = query.text("cursor")
        let from = Self.day(asked.from, "from", &query)
        let to = Self.day(asked.to, "to", &query)
        // What cannot be searched for would show everything.
        try query.finish()
        var items = ["limit=\(Self.rowsPerPage)"]
        if !asked.text.isEmpty { items.append("q=\(Self.escaped(asked.text))") }
        if !asked.action.isEmpty { items.append("action=\(Self.escaped(asked.action))") }
        if let from {
            items.append("from=\(Self.escaped("\(Self.text(zone.start(of: from)))"))")
        }
        // The last day is meant whole.
        if let to {
            items.append("to=\(Self.escaped("\(Self.text(zone.start(of: to + 1)))"))")
        }
        if let cursor = asked.cursor { items.append("cursor=\(Self.escaped(cursor))") }
        let reply = try await pages.api.ask(.get, Self.apiPath, query: items.joined(separator: "&"), context)
        let model = AdministrationAuditModel(
            reply.value["items"].elements, next: reply.value["next_cursor"].text, asked, zone: zoneName, frame)
        return .page(pages.services.pages.render(.adminAudit, model))
    }

    /// A day as the form sends it; nil where none is chosen.
    private static func day(_ text: String, _ name: String, _ query: inout QueryFields) -> LocalDate? {
        guard !text.isEmpty else { return nil }
        let day = try? LocalDate(parsing: text)
        if day == nil { query.fault(name, .invalidTime, limit: "YYYY-MM-DD") }
        return day
    }

    static func escaped(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }

    private static func text(_ instant: Instant) -> String {
        var json = JSONWriter()
        json.value(instant)
        return String(decoding: json.bytes, as: UTF8.self).filter { $0 != "\"" }
    }
}
