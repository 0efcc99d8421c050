import Foundation
import HTTPTypes
import IPC
import NIOCore
import Shared

/// GET /dashboard/tiles: the tiles of the dashboard's tab, as a fragment of HTML.
struct ShowDashboardTiles: Sendable {
    private let services: Services

    init(_ services: Services) {
        self.services = services
    }

    var route: Route {
        Route(
            .get, "/dashboard/tiles", "The dashboard's tiles",
            .page(roles: .everyRole) { context in
                try await show(context)
            })
    }

    private func show(_ context: TenantContext) async throws -> Response {
        guard case .user(_, let role) = context.principal.kind else { throw Fault(code: .forbidden) }
        let view = try DashboardView(
            queryItems: QueryItems(context.request.uri.query ?? "").items, role: role)
        let choices = try await DashboardChoices(services, context)
        let seconds = Double(services.clock().microseconds) / 1_000_000
        let dates = view.dates(secondsSince1970: seconds, zone: choices.zone(for: view))
        let reply = try await services.call(
            QueryDashboard(), context, body: ByteBuffer(bytes: body(view, dates).bytes))
        let html = try services.pages.dashboardTiles(
            json: try await reply.wholeBody(),
            view: view,
            role: role,
            site: context.open.site(services, user: context.principal.language)
        )
        return .page(html)
    }

    private func body(_ view: DashboardView, _ dates: (start: String, end: String)) -> JSONWriter {
        var json = JSONWriter()
        json.object { json in
            json.key("daterange")
            json.object { json in
                json.field("start_date", dates.start)
                json.field("end_date", dates.end)
            }
            if let line = view.line { json.field("line_id", line.rawValue) }
            if let plant = view.plant { json.field("plant_id", plant.rawValue) }
            if let shift = view.shift { json.field("shift_id", shift.rawValue) }
            json.field("interval", view.resolvedInterval(start: dates.start, end: dates.end).rawValue)
            json.key("widget_ids")
            json.array { json in
                for widget in view.tab.widgets { json.value(widget.rawValue) }
            }
        }
        return json
    }
}
