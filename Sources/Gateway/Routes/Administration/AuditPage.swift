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
        let query = context.queryItems
        let zoneName = try await pages.tenantZone(context)
        let zone = TimeZoneRules.named(zoneName)
        var asked = AdministrationAuditModel.Asked()
        asked.text = String((query["q"] ?? "").prefix(200))
        asked.action = query["action"] ?? ""
        asked.from = query["from"] ?? ""
        asked.to = query["to"] ?? ""
        asked.cursor = query["cursor"]
        var items = ["limit=\(Self.rowsPerPage)"]
        if !asked.text.isEmpty { items.append("q=\(Self.escaped(asked.text))") }
        if !asked.action.isEmpty { items.append("action=\(Self.escaped(asked.action))") }
        if let from = try? LocalDate(parsing: asked.from) {
            items.append("from=\(Self.escaped("\(Self.text(zone.start(of: from)))"))")
        }
        // The last day is meant whole.
        if let to = try? LocalDate(parsing: asked.to) {
            items.append("to=\(Self.escaped("\(Self.text(zone.start(of: to + 1)))"))")
        }
        if let cursor = asked.cursor { items.append("cursor=\(Self.escaped(cursor))") }
        let reply = try await pages.api.ask(.get, Self.apiPath, query: items.joined(separator: "&"), context)
        let model = AdministrationAuditModel(
            reply.value["items"].elements, next: reply.value["next_cursor"].text, asked, zone: zoneName, frame)
        return .page(pages.services.pages.render(.adminAudit, model))
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
